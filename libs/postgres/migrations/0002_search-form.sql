-- The form in which search compares text: composed (NFC), without case, with ß as ss and ς as σ. Text in ASCII keeps the
-- form that lowercase gave it. The processes of 0.1.0 call lowercase until they are replaced.
DO $do$
DECLARE
  -- The first two change case as Unicode has it in full, such as ﬁ to FI; the others letter by letter.
  known name[] := ARRAY['pg_unicode_fast', 'und-x-icu', 'pg_c_utf8', 'C.utf8', 'C.UTF-8'];
  best text;
BEGIN
  SELECT 'COLLATE ' || quote_ident(collname) INTO best FROM pg_collation
  WHERE collname = ANY (known) AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
  ORDER BY array_position(known, collname) LIMIT 1;
  EXECUTE format($f$CREATE FUNCTION search_form(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $b$
    SELECT CASE WHEN octet_length($1) = length($1) THEN lower($1 COLLATE "C")
      ELSE normalize(translate(replace(lower(upper(replace(normalize($1), 'ẞ', 'ß') %1$s) %1$s), 'ß', 'ss'), 'ς', 'σ'))
        COLLATE "C" END
  $b$ $f$, coalesce(best, ''));
END $do$;
--> statement-breakpoint
-- Jobs with text beyond ASCII are indexed again, in the background. The words of all others stay as they are.
UPDATE job_inputs i SET search_due = true FROM jobs j
WHERE j.id = i.job_id AND NOT i.search_due AND concat(i.input, i.metadata, i.last_error, j.tags) ~ '[^\u0001-\u007f]';

-- Small letters of every script, also where the locale of the database is "C", which knows those of English alone.
DO $do$
DECLARE
  known name[] := ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8'];
  best text;
BEGIN
  SELECT 'COLLATE ' || quote_ident(collname) INTO best FROM pg_collation
  WHERE collname = ANY (known) AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
  ORDER BY array_position(known, collname) LIMIT 1;
  EXECUTE format('CREATE FUNCTION small_letters(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $f$ SELECT lower($1 %s) $f$', coalesce(best, ''));
END $do$;
--> statement-breakpoint
-- Whose words would be other ones now: they are gathered again, behind.
UPDATE "job_inputs" i SET "search_due" = true
FROM (
  SELECT c."job_id", c."input_bytes", concat(c."input", c."metadata", c."last_error", array_to_json(j."tags")) AS "text"
  FROM "job_inputs" c JOIN "jobs" j ON j."id" = c."job_id" WHERE NOT c."search_due"
) AS o
WHERE i."job_id" = o."job_id" AND (o."input_bytes" > 2000 OR octet_length(o."text") > length(o."text"));

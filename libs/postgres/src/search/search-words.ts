import type { Fragment, Sql } from 'postgres';

/** Texts beyond this are found by their beginning. */
const inputCharsMax = 16_384;
const wordsMax = 500;

/** So that a tag or kind is not taken for a word. */
const seeds = { word: 1, tag: 2, kind: 3 } as const;

/** The hash stands for the text and its tenant both: one tenant's words neither meet nor slow those of another. */
function hashOf(sql: Sql, text: Fragment, { tenantId, of }: { tenantId: Fragment; of: keyof typeof seeds }): Fragment {
  return sql`hashtextextended(${text}, hashtextextended(${tenantId}, ${sql.unsafe(String(seeds[of]))}))`;
}

/**
 * What stands between words: the escapes of JSON, all of ASCII but letters and digits, and the spaces, punctuation and symbols of
 * Unicode. Named one by one: the classes of Postgres know what is a letter by the locale of the database, and "C" knows English alone.
 */
const between =
  String.raw`(\\.|[\u0001-\u002f\u003a-\u0040\u005b\u005d-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf
\u00d7\u00f7\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u060c\u060d\u061b-\u061f\u066a-\u066d\u06d4
\u0964\u0965\u1361-\u1368\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030
\u303d-\u303f\u30fb\ufd3e\ufd3f\ufe00-\ufe19\ufe30-\ufe6b\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffee
\ufff9-\ufffd\U0001f000-\U0001faff])+`.replaceAll('\n', '');

/** Rows of `word` in a text whose special characters are escaped as in JSON, the first ones. What is gathered and what is asked for split alike. */
function splitWords(sql: Sql, text: Fragment): Fragment {
  return sql`(SELECT word
    FROM regexp_split_to_table(lowercase(${text}) COLLATE "C", '${sql.unsafe(between)}') WITH ORDINALITY AS split (word, place)
    WHERE length(word) >= 3 GROUP BY word ORDER BY min(place) LIMIT ${sql.unsafe(String(wordsMax))})`;
}

/** An array of all that a search for these must find together; NULL, which nothing matches, when there is not one word in `q`. */
export function wantedWords(
  sql: Sql,
  { tenantId, q, tag, kind }: { tenantId: string; q: string | null; tag: string | null; kind: string | null },
): Fragment {
  const tenant = sql`${tenantId}::text`;
  const wholes = [
    ...(tag === null ? [] : [hashOf(sql, sql`${tag}::text`, { tenantId: tenant, of: 'tag' })]),
    ...(kind === null ? [] : [hashOf(sql, sql`${kind}::text`, { tenantId: tenant, of: 'kind' })]),
  ];
  const whole = wholes.reduce((all, hash) => sql`${all} || ${hash}`, sql`'{}'::bigint[]`);
  if (q === null) return sql`(${whole})`;
  const word = hashOf(sql, sql`word`, { tenantId: tenant, of: 'word' });
  const split = splitWords(sql, sql`to_json(${q}::text)::text`);
  return sql`(SELECT nullif(given, '{}') || CASE WHEN cardinality(given) > 0 THEN (${whole}) END
    FROM (SELECT ARRAY(SELECT ${word} FROM ${split} AS w) AS given) AS asked)`;
}

/**
 * Gathers the words of up to `rowsMax` jobs that have none yet or have failed since, newest first; returns how many. Goes by the
 * flag on each row, so rows that commit late or out of order are met all the same. Never waits for a row, and holds none longer than
 * this one statement takes. A row that somebody has changed since the statement began is not found at its new place, and stays for
 * the next one. After a crash of the server the words that were lost are gathered again, since the flag is lost with them.
 */
export async function indexWords(sql: Sql, rowsMax: number): Promise<number> {
  const tenantId = sql`j.tenant_id`;
  const text = sql`concat_ws(' ', l.job_id, array_to_json(j.tags), to_json(l.last_error), l.metadata,
    left(l.input::text, ${sql.unsafe(String(inputCharsMax))}))`;
  const gathered = await sql`
    UPDATE job_inputs i SET search_due = false, words = due.words
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, (
      SELECT l.place, ARRAY(
        SELECT ${hashOf(sql, sql`word`, { tenantId, of: 'word' })} FROM ${splitWords(sql, text)} AS w
        UNION ALL SELECT ${hashOf(sql, sql`tag`, { tenantId, of: 'tag' })} FROM unnest(j.tags) AS tag
        UNION ALL SELECT ${hashOf(sql, sql`j.kind`, { tenantId, of: 'kind' })}
      ) AS words
      FROM (
        SELECT ctid AS place, job_id, input, metadata, last_error FROM job_inputs
        WHERE search_due ORDER BY job_id DESC LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED
      ) AS l JOIN jobs j ON j.id = l.job_id
    ) AS due
    WHERE i.ctid = due.place`;
  return gathered.count;
}

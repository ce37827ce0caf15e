import { indexedPairsMax, indexedWordsMax, unspacedRanges } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';

/** Longer inputs are indexed up to this length. */
const inputCharsMax = 16_384;

/** Hash seeds, so that a tag or kind never equals a word. */
const seeds = { word: 1, tag: 2, kind: 3 } as const;

/** Hashes a text with its tenant, so that tenants' words neither collide nor slow each other. */
function hashOf(sql: Sql, text: Fragment, { tenantId, of }: { tenantId: Fragment; of: keyof typeof seeds }): Fragment {
  return sql`hashtextextended(${text}, hashtextextended(${tenantId}, ${sql.unsafe(String(seeds[of]))}))`;
}

/**
 * The characters between words: all of ASCII but letters and digits, and the spaces, punctuation and symbols of
 * Unicode. Listed one by one: Postgres' classes depend on the locale of the database, and "C" knows only the letters of
 * English.
 */
const between =
  String.raw`\u0001-\u002f\u003a-\u0040\u005b\u005d-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf
\u00d7\u00f7\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u060c\u060d\u061b-\u061f\u066a-\u066d\u06d4
\u0964\u0965\u1361-\u1368\u2000-\u200b\u200e-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030
\u303d-\u303f\u30fb\ufd3e\ufd3f\ufe00-\ufe19\ufe30-\ufe6b\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffee
\ufff9-\ufffd\U0001f000-\U0001faff`.replaceAll('\n', '');

const unspaced = unspacedRanges.map(([first, last]) => `${toEscape(first)}-${toEscape(last)}`).join('');

function toEscape(codePoint: number): string {
  return String.raw`\U${codePoint.toString(16).padStart(8, '0')}`;
}

const unspacedRun = `[${unspaced}]{2,}`;
const betweenWords = String.raw`(\\.|[${between}${unspaced}])+`;

/**
 * Returns the first words of a text that is escaped as in JSON, as rows of `word`. A run of an unspaced script has its
 * pairs of neighbouring characters for words, so that every part of it is found. Jobs and searches are split alike.
 */
function splitWords(sql: Sql, text: Fragment): Fragment {
  return sql`(WITH folded AS MATERIALIZED (SELECT search_form(${text}) COLLATE "C" AS folded)
    (SELECT word FROM folded,
        regexp_split_to_table(folded, '${sql.unsafe(betweenWords)}') WITH ORDINALITY AS split (word, place)
      WHERE length(word) >= 3 GROUP BY word ORDER BY min(place) LIMIT ${sql.unsafe(String(indexedWordsMax))})
    UNION ALL
    (SELECT word FROM (
        SELECT letter || next AS word, run * 100000 + place AS place
        FROM folded,
          regexp_matches(CASE WHEN octet_length(folded) > length(folded) THEN folded END, '${sql.unsafe(unspacedRun)}', 'g')
            WITH ORDINALITY AS found (runs, run),
          string_to_array(runs[1], NULL) AS letters,
          unnest(letters, letters[2:]) WITH ORDINALITY AS split (letter, next, place)
      ) AS pairs
      WHERE word IS NOT NULL GROUP BY word ORDER BY min(place) LIMIT ${sql.unsafe(String(indexedPairsMax))}))`;
}

/** Returns the array of hashes that a job must have all of; NULL, which matches no job, when `q` has no word. */
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
    FROM (SELECT ARRAY(SELECT ${word} FROM ${split} AS w) AS given OFFSET 0) AS wanted)`;
}

/**
 * Indexes the words of up to `rowsMax` jobs that are not indexed or have failed since, newest first; returns how many.
 * It goes by a flag on each row, so a row that commits late or out of order is found too. It never waits for a row's
 * lock. A row that changes during the statement is not found at its new place, and stays for the next call. A crash of
 * the server loses words and flag together, so they are indexed again.
 *
 * The limit is a literal: for a parameter the planner assumes a tenth of the table, and reads all of it.
 */
export async function indexWords(sql: Sql, rowsMax: number): Promise<number> {
  const tenantId = sql`j.tenant_id`;
  const text = sql`concat_ws(' ', l.job_id, array_to_json(j.tags), to_json(l.last_error), l.metadata,
    left(l.input::text, ${sql.unsafe(String(inputCharsMax))}))`;
  const indexed = await sql`
    UPDATE job_inputs i SET search_due = false, words = due.words
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, (
      SELECT l.place, ARRAY(
        SELECT ${hashOf(sql, sql`word`, { tenantId, of: 'word' })} FROM ${splitWords(sql, text)} AS w
        UNION ALL SELECT ${hashOf(sql, sql`tag`, { tenantId, of: 'tag' })} FROM unnest(j.tags) AS tag
        UNION ALL SELECT ${hashOf(sql, sql`j.kind`, { tenantId, of: 'kind' })}
      ) AS words
      FROM (
        SELECT ctid AS place, job_id, input, metadata, last_error FROM job_inputs
        WHERE search_due ORDER BY job_id DESC LIMIT ${sql.unsafe(String(rowsMax))} FOR UPDATE SKIP LOCKED
      ) AS l JOIN jobs j ON j.id = l.job_id
    ) AS due
    WHERE i.ctid = due.place`;
  return indexed.count;
}

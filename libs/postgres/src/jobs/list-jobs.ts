import type { Fragment, Sql } from 'postgres';
import { wantedWords } from '../search/index.ts';
import { type JobFilter, type JobPosition, matches, olderThan, withinReach } from './job-filter.ts';

export interface ListOptions {
  /** The page begins after this job. */
  after: JobPosition | undefined;
  limit: number;
  /** Words, tags and kinds are indexed: see `indexWords`. */
  search: boolean;
}

export interface JobPage {
  jobs: JobPosition[];
  /** The position after which the next page begins; undefined when there is none. */
  next: JobPosition | undefined;
}

/** Rows that are checked first, newest first: common matches are among them. */
const nearRows = 2_000;
/** The most matches that are read by an index. */
const candidatesMax = 5_000;
/**
 * Rows that one call checks where no index serves, the nearest included; the words of each are in a row of their own.
 */
const wideRows = 20_000;
const wideRowsWithWords = 5_000;

/**
 * Lists a page of jobs, newest first. The cost is bounded for every filter and any number of jobs: it checks the newest
 * rows, then reads an index when matches are rare, then checks more rows. A page that is not full by then is short, or
 * empty, and the next page goes on from there.
 */
export async function listJobs(sql: Sql, filter: JobFilter, options: ListOptions): Promise<JobPage> {
  const near = await walk(sql, filter, { ...options, rowsMax: nearRows });
  if (near.jobs.length === options.limit || near.next === undefined) return near;
  const rare = await findRare(sql, filter, options);
  if (rare !== undefined) return rare;
  const rowsMax = (filter.q === null ? wideRows : wideRowsWithWords) - nearRows;
  const limit = options.limit - near.jobs.length;
  const rest = await walk(sql, filter, { ...options, after: near.next, limit, rowsMax });
  return { jobs: [...near.jobs, ...rest.jobs], next: rest.next };
}

interface WalkOptions extends ListOptions {
  rowsMax: number;
}

/**
 * Checks rows in the order of age. One statement, so that concurrent inserts and deletes neither hide a row nor show it
 * twice.
 */
async function walk(sql: Sql, filter: JobFilter, { after, limit, rowsMax }: WalkOptions): Promise<JobPage> {
  const rows = await sql<(JobPosition & { isMatch: boolean; isLast: boolean })[]>`
    SELECT j.id AS "jobId", j.created_at::text AS "createdAt", ${matches(sql, filter)} AS "isMatch",
      j.place = ${rowsMax} AS "isLast"
    FROM (
      SELECT w.*, row_number() OVER (ORDER BY w.created_at DESC, w.id DESC) AS place FROM (
        SELECT j.* FROM jobs j WHERE ${withinReach(sql, filter)} AND ${olderThan(sql, after)}
        ORDER BY j.created_at DESC, j.id DESC LIMIT ${sql.unsafe(String(rowsMax))}
      ) AS w
    ) AS j
    WHERE j.place = ${rowsMax} OR (${matches(sql, filter)})
    ORDER BY j.created_at DESC, j.id DESC LIMIT ${limit + 2}`;
  const found = rows.filter(({ isMatch }) => isMatch);
  return found.length > limit ? toPage(found, limit) : { jobs: found, next: rows.find(({ isLast }) => isLast) };
}

/**
 * Finds all matches by an index; undefined when no index serves or when there are many. `OFFSET 0` stops the planner
 * from reading the whole of the tenant's index besides.
 */
async function findRare(
  sql: Sql,
  filter: JobFilter,
  { after, limit, search }: ListOptions,
): Promise<JobPage | undefined> {
  const source = candidates(sql, filter, search);
  if (source === undefined) return undefined;
  const rows = await sql<({ count: number } & { [K in keyof JobPosition]: JobPosition[K] | null })[]>`
    WITH candidates AS MATERIALIZED (SELECT * FROM (${source}) AS s (job_id) LIMIT ${candidatesMax + 1})
    SELECT counted.count, found.* FROM (SELECT count(*)::int AS count FROM candidates) AS counted LEFT JOIN (
      SELECT j.id AS "jobId", j.created_at::text AS "createdAt"
      FROM (SELECT * FROM jobs WHERE id = ANY (ARRAY(SELECT job_id FROM candidates)) OFFSET 0) AS j
      WHERE ${withinReach(sql, filter)} AND ${olderThan(sql, after)} AND ${matches(sql, filter)}
      ORDER BY j.created_at DESC, j.id DESC LIMIT ${limit + 1}
    ) AS found ON counted.count <= ${candidatesMax}`;
  if ((rows[0]?.count ?? 0) > candidatesMax) return undefined;
  return toPage(
    rows.flatMap(({ jobId, createdAt }) => (jobId === null || createdAt === null ? [] : [{ jobId, createdAt }])),
    limit,
  );
}

/** Returns a query for the ids of all jobs that may match, and of some others, by an index that is not one of age. */
function candidates(sql: Sql, filter: JobFilter, search: boolean): Fragment | undefined {
  const { state, kind, tag, q } = filter;
  if (search && (kind ?? tag ?? q) !== null) {
    const known = sql`SELECT job_id FROM job_inputs WHERE words @> ${wantedWords(sql, filter)}`;
    // A job is found by its words some seconds later, by its tags and kind at once.
    return q !== null
      ? known
      : sql`${known} AND NOT search_due UNION ALL SELECT job_id FROM job_inputs WHERE search_due`;
  }
  const inFlight = sql`SELECT id FROM jobs WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog`;
  if (state === 'running') return inFlight;
  if (state === 'queued')
    return sql`${inFlight} UNION ALL SELECT id FROM jobs WHERE backlog AND blocked IS NOT TRUE
    UNION ALL SELECT id FROM jobs WHERE blocked AND backlog`;
  if (state === 'scheduled' || state === 'retrying') return sql`SELECT id FROM jobs WHERE due_at IS NOT NULL`;
  return undefined;
}

function toPage(found: readonly JobPosition[], limit: number): JobPage {
  return { jobs: found.slice(0, limit), next: found.length > limit ? found[limit - 1] : undefined };
}

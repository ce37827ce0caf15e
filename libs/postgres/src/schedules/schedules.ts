import type { Sql } from 'postgres';
import { keepNamedFiles } from '../files/named-files.ts';
import { toRfc3339 } from '../connection/timestamps.ts';

export interface ScheduleKey {
  tenantId: string;
  name: string;
}

export interface NewSchedule extends ScheduleKey {
  cron: string;
  timezone: string;
  kind: string;
  /** JSON text, here and below. */
  input: string;
  options: string;
  paused: boolean;
  missed: 'skip' | 'catch-up';
  catchUpMax: number;
  template: string;
  /** RFC 3339; null: never, or paused. */
  nextRunAt: string | null;
}

/** Times are RFC 3339. */
export interface ScheduleRow extends Omit<NewSchedule, 'input' | 'options' | 'template'> {
  input: unknown;
  options: object;
  lastRunAt: string | null;
  lastJobId: string | null;
  lastSkippedAt: string | null;
  lastSkippedFor: 'quota-exceeded' | 'too-many-jobs-waiting' | null;
  createdAt: string;
  updatedAt: string;
}

/** The moment on the database's clock, which all schedules go by. */
export async function readClock(sql: Sql): Promise<Date> {
  const [row] = await sql<{ now: string }[]>`SELECT now()::text AS now`;
  return new Date(toRfc3339(row?.now ?? ''));
}

const columns = (sql: Sql) => sql`s.tenant_id AS "tenantId", s.name, s.cron, s.timezone, s.kind, s.input, s.options,
  s.paused, s.missed, s.catch_up_max AS "catchUpMax", s.next_run_at AS "nextRunAt", s.last_run_at AS "lastRunAt",
  s.last_job_id AS "lastJobId", s.last_skipped_at AS "lastSkippedAt", s.last_skipped_for AS "lastSkippedFor",
  s.created_at AS "createdAt", s.updated_at AS "updatedAt"`;

export interface PutLimits {
  /** Of the tenant. */
  schedulesMax: number;
  /** Uploads that its input names are kept for so long after its next run. */
  keepFilesDays: number;
}

/**
 * Makes or replaces a schedule. A time that is due and not yet acted on stays due when neither the cron expression nor the time zone
 * changes; one that was paused begins anew. Undefined when the tenant has `schedulesMax` others already.
 */
export async function putSchedule(
  sql: Sql,
  given: NewSchedule,
  { schedulesMax, keepFilesDays }: PutLimits,
): Promise<{ created: boolean; schedule: ScheduleRow } | undefined> {
  const { tenantId, name, input, nextRunAt: runAt } = given;
  const kept = keepNamedFiles(sql, [{ tenantId, input, runAt, delayMs: 0, keepDays: keepFilesDays }]);
  const [row] = await sql<(ScheduleRow & { created: boolean })[]>`
    ${kept === undefined ? sql`` : sql`WITH kept AS (${kept})`}
    INSERT INTO schedules AS s (tenant_id, name, cron, timezone, kind, input, options, paused, missed, catch_up_max, template,
      next_run_at)
    SELECT ${tenantId}, ${name}, ${given.cron}, ${given.timezone}, ${given.kind}, ${given.input}::text::json,
      ${given.options}::text::json, ${given.paused}::boolean, ${given.missed}, ${given.catchUpMax}::int,
      ${given.template}::text::json, ${given.nextRunAt}::text::timestamptz
    WHERE (SELECT count(*) FROM schedules o WHERE o.tenant_id = ${tenantId} AND o.name <> ${name}) < ${schedulesMax}
    ON CONFLICT (tenant_id, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone, kind = excluded.kind,
      input = excluded.input, options = excluded.options, paused = excluded.paused, missed = excluded.missed,
      catch_up_max = excluded.catch_up_max, template = excluded.template, revision = s.revision + 1, updated_at = now(),
      next_run_at = CASE WHEN excluded.next_run_at IS NOT NULL AND s.cron = excluded.cron
        AND s.timezone = excluded.timezone THEN coalesce(s.next_run_at, excluded.next_run_at) ELSE excluded.next_run_at END
    RETURNING ${columns(sql)}, s.revision = 1 AS created`;
  if (row === undefined) return undefined;
  const { created, ...schedule } = row;
  return { created, schedule: withTimes(schedule) };
}

export async function readSchedule(sql: Sql, { tenantId, name }: ScheduleKey): Promise<ScheduleRow | undefined> {
  const [row] = await sql<ScheduleRow[]>`
    SELECT ${columns(sql)} FROM schedules s WHERE s.tenant_id = ${tenantId} AND s.name = ${name}`;
  return row && withTimes(row);
}

/** All of a tenant, by name. */
export async function readSchedules(sql: Sql, tenantId: string): Promise<ScheduleRow[]> {
  const rows = await sql<ScheduleRow[]>`
    SELECT ${columns(sql)} FROM schedules s WHERE s.tenant_id = ${tenantId} ORDER BY s.name`;
  return rows.map(withTimes);
}

/** False when there is none. The jobs that it made stay. */
export async function deleteSchedule(sql: Sql, { tenantId, name }: ScheduleKey): Promise<boolean> {
  const { count } = await sql`DELETE FROM schedules WHERE tenant_id = ${tenantId} AND name = ${name}`;
  return count > 0;
}

/** Notes a job that was made past the clock. */
export async function noteRun(sql: Sql, { tenantId, name }: ScheduleKey, jobId: string): Promise<void> {
  await sql`UPDATE schedules SET last_run_at = now(), last_job_id = ${jobId} WHERE tenant_id = ${tenantId} AND name = ${name}`;
}

function withTimes(row: ScheduleRow): ScheduleRow {
  return {
    ...row,
    nextRunAt: toRfc3339(row.nextRunAt),
    lastRunAt: toRfc3339(row.lastRunAt),
    lastSkippedAt: toRfc3339(row.lastSkippedAt),
    createdAt: toRfc3339(row.createdAt),
    updatedAt: toRfc3339(row.updatedAt),
  };
}

import type { Fragment, Sql } from 'postgres';
import { keepNamedFiles } from '../files/index.ts';
import { toRfc3339 } from '../connection/index.ts';
import { type NewJob, writeJobs } from '../submissions/index.ts';
import type { ScheduleKey } from './schedules.ts';

/** A job's row without what differs from slot to slot. */
export type JobTemplate = Omit<
  NewJob,
  'id' | 'tenantId' | 'delayMs' | 'runAt' | 'backlog' | 'blocked' | 'keepFilesDays'
>;

export interface DueSchedule extends ScheduleKey {
  revision: number;
  cron: string;
  timezone: string;
  missed: 'skip' | 'catch-up';
  catchUpMax: number;
  template: JobTemplate;
  /** RFC 3339. */
  nextRunAt: string;
  /** The database's clock, RFC 3339. */
  now: string;
  /** Its tenant may run only so many jobs at once. */
  blocked: boolean;
  /** Jobs of its tenant that may wait; null: no limit. */
  jobsWaitingMax: number | null;
}

/** A time at which a schedule makes a job. */
export interface Slot {
  /** RFC 3339. */
  at: string;
  jobId: string;
}

export interface ListDueOptions {
  rowsMax: number;
  except?: readonly ScheduleKey[];
}

/**
 * Schedules whose time has come, the longest due first; of those that are due since the same moment any, so that many processes get in each
 * other's way less. Those of disabled tenants wait.
 */
export async function listDueSchedules(sql: Sql, { rowsMax, except = [] }: ListDueOptions): Promise<DueSchedule[]> {
  const rows = await sql<DueSchedule[]>`
    SELECT s.tenant_id AS "tenantId", s.name, s.revision, s.cron, s.timezone, s.missed, s.catch_up_max AS "catchUpMax",
      s.template, s.next_run_at AS "nextRunAt", now() AS now, p.concurrent_runs_max IS NOT NULL AS blocked,
      p.jobs_waiting_max AS "jobsWaitingMax"
    FROM schedules s JOIN tenants t ON t.id = s.tenant_id JOIN plans p ON p.name = t.plan
    WHERE s.next_run_at <= now() AND t.disabled_at IS NULL AND NOT EXISTS (
      SELECT FROM unnest(${except.map((one) => one.tenantId)}::text[], ${except.map((one) => one.name)}::text[])
        AS x (tenant_id, name) WHERE x.tenant_id = s.tenant_id AND x.name = s.name)
    ORDER BY s.next_run_at, random() LIMIT ${rowsMax}`;
  return rows.map((row) => ({ ...row, nextRunAt: toRfc3339(row.nextRunAt), now: toRfc3339(row.now) }));
}

export interface TakeOptions {
  slots: readonly Slot[];
  /** Jobs that there is room for. */
  jobsMax: number;
  nextRunAt: string | null;
  keepDays: number;
}

/**
 * Makes the jobs of these slots and moves the schedule on to `nextRunAt`, all in one statement: whichever of many processes comes
 * first does it, and the others find that the schedule is not as they read it. A slot has one row, written with its job, so a clock
 * that went back makes none twice. Each job counts as a request of the month; where the plan's requests are used up, or `jobsMax` jobs are
 * made, the slot has a row without a job that says so. Returns how many jobs were made; they wait in the backlog.
 */
export async function takeSlots(
  sql: Sql,
  due: DueSchedule,
  { slots, jobsMax, nextRunAt, keepDays }: TakeOptions,
): Promise<number> {
  const { tenantId, name, template, blocked } = due;
  const jobs = slots.map(({ jobId }) => ({
    ...template,
    id: jobId,
    tenantId,
    delayMs: 0,
    runAt: null,
    backlog: true,
    blocked,
    keepFilesDays: keepDays,
  }));
  const next = keepNamedFiles(sql, [{ tenantId, input: template.input, runAt: nextRunAt, delayMs: 0, keepDays }]);
  const parts = sql`
    ${wantedSlots(sql, due, { slots, jobsMax })}
    due AS (
      UPDATE schedules SET next_run_at = ${nextRunAt}::text::timestamptz,
        last_run_at = coalesce((SELECT max(slot) FROM wanted WHERE skipped IS NULL), last_run_at),
        last_job_id = coalesce((SELECT job_id FROM wanted WHERE skipped IS NULL ORDER BY slot DESC LIMIT 1), last_job_id),
        last_skipped_at = coalesce((SELECT max(slot) FROM wanted WHERE skipped IS NOT NULL), last_skipped_at),
        last_skipped_for = coalesce(
          (SELECT skipped FROM wanted WHERE skipped IS NOT NULL ORDER BY slot DESC LIMIT 1), last_skipped_for)
      WHERE tenant_id = ${tenantId} AND name = ${name} AND revision = ${due.revision}::int
        AND next_run_at = ${due.nextRunAt}::text::timestamptz
      RETURNING tenant_id, name
    ), taken AS (
      INSERT INTO schedule_slots (tenant_id, name, slot, job_id, skipped)
      SELECT due.tenant_id, due.name, w.slot, CASE WHEN w.skipped IS NULL THEN w.job_id END, w.skipped
      FROM due, wanted w
      ON CONFLICT DO NOTHING RETURNING tenant_id, job_id
    ), counted AS (
      INSERT INTO monthly_usage AS u (tenant_id, month, requests)
      SELECT tenant_id, ${thisMonth(sql)}, count(*) FROM taken WHERE job_id IS NOT NULL GROUP BY tenant_id
      ON CONFLICT (tenant_id, month) DO UPDATE SET requests = u.requests + excluded.requests
    ), ${next === undefined ? sql`` : sql`kept_for_next AS (${next}),`} forgotten AS (
      DELETE FROM schedule_slots o USING due WHERE o.tenant_id = due.tenant_id AND o.name = due.name
        AND o.slot < now() - ${keepDays}::float8 * interval '1 day'
    ),`;
  const condition = sql`g.id IN (SELECT job_id FROM taken WHERE job_id IS NOT NULL)`;
  return (await writeJobs(sql, jobs, { parts, condition })).size;
}

/** The slots that have no row yet, and why there is no room for their jobs, if so: the latest come first. */
function wantedSlots(
  sql: Sql,
  { tenantId, name }: ScheduleKey,
  { slots, jobsMax }: Pick<TakeOptions, 'slots' | 'jobsMax'>,
): Fragment {
  return sql`wanted AS MATERIALIZED (
      SELECT s.slot, s.job_id, CASE
        WHEN row_number() OVER (ORDER BY s.slot DESC) > p.requests_per_month_max - coalesce(u.requests, 0) THEN 'quota-exceeded'
        WHEN row_number() OVER (ORDER BY s.slot DESC) > ${jobsMax}::int THEN 'too-many-jobs-waiting' END AS skipped
      FROM unnest(${slots.map(({ at }) => at)}::text[]::timestamptz[], ${slots.map(({ jobId }) => jobId)}::text[]) AS s (slot, job_id)
        JOIN tenants t ON t.id = ${tenantId} JOIN plans p ON p.name = t.plan
        LEFT JOIN monthly_usage u ON u.tenant_id = t.id AND u.month = ${thisMonth(sql)}
      WHERE NOT EXISTS (
        SELECT FROM schedule_slots o WHERE o.tenant_id = ${tenantId} AND o.name = ${name} AND o.slot = s.slot)
    ),`;
}

/** Months are of UTC, as those that requests are counted in. */
function thisMonth(sql: Sql): Fragment {
  return sql`date_trunc('month', now() AT TIME ZONE 'UTC')::date`;
}

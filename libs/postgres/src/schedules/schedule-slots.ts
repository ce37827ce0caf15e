import type { Fragment, Sql } from 'postgres';
import { extendNamedFiles } from '../files/index.ts';
import { toRfc3339 } from '../connection/index.ts';
import { type NewJob, writeJobs } from '../submissions/index.ts';
import type { ScheduleKey } from './schedules.ts';

/** A job as it is inserted, without the fields that differ from slot to slot. */
export type JobTemplate = Omit<
  NewJob,
  'id' | 'tenantId' | 'creatorKeyId' | 'delayMs' | 'runAt' | 'backlog' | 'blocked' | 'keepFilesDays'
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
  /** Its tenant has a limit of concurrent runs. */
  blocked: boolean;
  /** The most waiting jobs of its tenant; null: no limit. */
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
 * Lists due schedules, the longest due first. Schedules that are due since the same moment come in random order, so
 * that processes collide less. Schedules of disabled tenants wait.
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
  /** The most jobs that may be made. */
  jobsMax: number;
  nextRunAt: string | null;
  keepDays: number;
}

/**
 * Inserts the jobs of these slots and moves the schedule on to `nextRunAt`, in one statement: the first of several
 * processes does it, and the others find that the schedule has changed. A slot has one row, written with its job, so a
 * clock that went back makes no second job. Each job counts as a request of the month. A slot beyond the plan's
 * requests, or beyond `jobsMax`, gets a row with the reason and no job. Returns the number of new jobs; they wait in
 * the backlog.
 */
export async function takeSlots(
  sql: Sql,
  due: DueSchedule,
  { slots, jobsMax, nextRunAt, keepDays }: TakeOptions,
): Promise<number> {
  const { tenantId, name, template, blocked } = due;
  const jobs = slots.map(({ jobId }) => ({
    ...template,
    creatorKeyId: null,
    id: jobId,
    tenantId,
    delayMs: 0,
    runAt: null,
    backlog: true,
    blocked,
    keepFilesDays: keepDays,
  }));
  const next = extendNamedFiles(sql, [{ tenantId, input: template.input, runAt: nextRunAt, delayMs: 0, keepDays }]);
  const parts = sql`
    ${wantedSlots(sql, due, { slots, jobsMax })}
    due AS (
      UPDATE schedules SET next_run_at = ${nextRunAt}::text::timestamptz,
        last_run_at = coalesce((SELECT max(slot) FROM wanted WHERE skipped IS NULL), last_run_at),
        last_job_id = coalesce((SELECT job_id FROM wanted WHERE skipped IS NULL ORDER BY slot DESC LIMIT 1),
          last_job_id),
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
    ), ${next === undefined ? sql`` : sql`extended_for_next AS (${next}),`} purged AS (
      DELETE FROM schedule_slots o USING due WHERE o.tenant_id = due.tenant_id AND o.name = due.name
        AND o.slot < now() - ${keepDays}::float8 * interval '1 day'
    ),`;
  const condition = sql`g.id IN (SELECT job_id FROM taken WHERE job_id IS NOT NULL)`;
  return (await writeJobs(sql, jobs, { parts, condition })).size;
}

/** Selects the slots without a row, and the reason why a slot gets no job: the latest slots come first. */
function wantedSlots(
  sql: Sql,
  { tenantId, name }: ScheduleKey,
  { slots, jobsMax }: Pick<TakeOptions, 'slots' | 'jobsMax'>,
): Fragment {
  return sql`wanted AS MATERIALIZED (
      SELECT s.slot, s.job_id, CASE
        WHEN row_number() OVER (ORDER BY s.slot DESC) > p.requests_per_month_max - coalesce(u.requests,
          0) THEN 'quota-exceeded'
        WHEN row_number() OVER (ORDER BY s.slot DESC) > ${jobsMax}::int THEN 'too-many-jobs-waiting' END AS skipped
      FROM unnest(${slots.map(({ at }) => at)}::text[]::timestamptz[],
        ${slots.map(({ jobId }) => jobId)}::text[]) AS s (slot, job_id)
        JOIN tenants t ON t.id = ${tenantId} JOIN plans p ON p.name = t.plan
        LEFT JOIN monthly_usage u ON u.tenant_id = t.id AND u.month = ${thisMonth(sql)}
      WHERE NOT EXISTS (
        SELECT FROM schedule_slots o WHERE o.tenant_id = ${tenantId} AND o.name = ${name} AND o.slot = s.slot)
    ),`;
}

/** The month in UTC, as in `monthly_usage`. */
function thisMonth(sql: Sql): Fragment {
  return sql`date_trunc('month', now() AT TIME ZONE 'UTC')::date`;
}

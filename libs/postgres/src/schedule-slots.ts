import type { Sql } from 'postgres';
import { type NewJob, writeJobs } from './insert-jobs.ts';
import type { ScheduleKey } from './schedules.ts';
import { toRfc3339 } from './timestamps.ts';

/** A job's row without what differs from slot to slot. */
export type JobTemplate = Omit<NewJob, 'id' | 'tenantId' | 'delayMs' | 'runAt' | 'backlog' | 'held'>;

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
  held: boolean;
}

/** A time at which a schedule makes a job. */
export interface Slot {
  /** RFC 3339. */
  at: string;
  jobId: string;
}

/** Schedules whose time has come, the longest due first. Those of disabled tenants wait. */
export async function listDueSchedules(sql: Sql, rowsMax: number): Promise<DueSchedule[]> {
  const rows = await sql<DueSchedule[]>`
    SELECT s.tenant_id AS "tenantId", s.name, s.revision, s.cron, s.timezone, s.missed, s.catch_up_max AS "catchUpMax",
      s.template, s.next_run_at AS "nextRunAt", now() AS now, p.concurrent_runs_max IS NOT NULL AS held
    FROM schedules s JOIN tenants t ON t.id = s.tenant_id JOIN plans p ON p.name = t.plan
    WHERE s.next_run_at <= now() AND t.disabled_at IS NULL ORDER BY s.next_run_at LIMIT ${rowsMax}`;
  return rows.map((row) => ({ ...row, nextRunAt: toRfc3339(row.nextRunAt), now: toRfc3339(row.now) }));
}

/**
 * Makes the jobs of these slots and moves the schedule on to `nextRunAt`, all in one statement: whichever of many processes comes
 * first does it, and the others find that the schedule is not as they read it. A slot has one row, written with its job, so a clock
 * that went back makes none twice. Returns how many jobs were made; they wait in the backlog.
 */
export async function takeSlots(
  sql: Sql,
  due: DueSchedule,
  { slots, nextRunAt, keepDays }: { slots: readonly Slot[]; nextRunAt: string | null; keepDays: number },
): Promise<number> {
  const { tenantId, name, template, held } = due;
  const jobs = slots.map(({ jobId }) => ({
    ...template,
    id: jobId,
    tenantId,
    delayMs: 0,
    runAt: null,
    backlog: true,
    held,
  }));
  const last = slots.at(-1);
  const parts = sql`
    due AS (
      UPDATE schedules SET next_run_at = ${nextRunAt}::text::timestamptz,
        last_run_at = coalesce(${last?.at ?? null}::text::timestamptz, last_run_at),
        last_job_id = coalesce(${last?.jobId ?? null}::text, last_job_id)
      WHERE tenant_id = ${tenantId} AND name = ${name} AND revision = ${due.revision}::int
        AND next_run_at = ${due.nextRunAt}::text::timestamptz
      RETURNING tenant_id, name
    ), taken AS (
      INSERT INTO schedule_slots (tenant_id, name, slot, job_id)
      SELECT due.tenant_id, due.name, s.slot::timestamptz, s.job_id FROM due,
        unnest(${slots.map(({ at }) => at)}::text[], ${slots.map(({ jobId }) => jobId)}::text[]) AS s (slot, job_id)
      ON CONFLICT DO NOTHING RETURNING job_id
    ), forgotten AS (
      DELETE FROM schedule_slots o USING due WHERE o.tenant_id = due.tenant_id AND o.name = due.name
        AND o.slot < now() - ${keepDays}::float8 * interval '1 day'
    ),`;
  const made = await writeJobs(sql, jobs, { parts, condition: sql`g.id IN (SELECT job_id FROM taken)` });
  return made.size;
}

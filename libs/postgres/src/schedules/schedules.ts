import { and, asc, eq, getTableColumns, sql as fragment } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { drizzleOn, toRfc3339 } from '../connection/index.ts';
import { extendNamedFiles } from '../files/index.ts';
import { schema } from '../schema/index.ts';

const { schedules } = schema;

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

/** A schedule's row with all that its view needs. Times are RFC 3339. */
export type ScheduleRow = Omit<typeof schedules.$inferSelect, 'template' | 'revision'>;

/** Reads the database's clock, which decides when schedules are due. */
export async function readClock(sql: Sql): Promise<Date> {
  const [row] = await sql<{ now: string }[]>`SELECT now()::text AS now`;
  return new Date(toRfc3339(row?.now ?? ''));
}

const { template: _template, revision: _revision, ...shownColumns } = getTableColumns(schedules);

/** The same columns for hand-written SQL, of the row `s`. */
const shownColumnsOfS = Object.entries(shownColumns)
  .map(([name, column]) => `s.${column.name} AS "${name}"`)
  .join(', ');

export interface PutLimits {
  /** Of the tenant. */
  schedulesMax: number;
  /** How long after its next run the uploads live that its input names. */
  keepFilesDays: number;
}

/**
 * Inserts or replaces a schedule, in one statement that counts the tenant's others: undefined when there are
 * `schedulesMax` already. A slot that is due and not taken yet stays due when neither the cron expression nor the time
 * zone changes; a paused schedule starts anew.
 */
export async function putSchedule(
  sql: Sql,
  given: NewSchedule,
  { schedulesMax, keepFilesDays }: PutLimits,
): Promise<{ created: boolean; schedule: ScheduleRow } | undefined> {
  const { tenantId, name, input, nextRunAt: runAt } = given;
  const extended = extendNamedFiles(sql, [{ tenantId, input, runAt, delayMs: 0, keepDays: keepFilesDays }]);
  const [row] = await sql<(ScheduleRow & { created: boolean })[]>`
    ${extended === undefined ? sql`` : sql`WITH extended AS (${extended})`}
    INSERT INTO schedules AS s (tenant_id, name, cron, timezone, kind, input, options, paused, missed, catch_up_max,
      template,
      next_run_at)
    SELECT ${tenantId}, ${name}, ${given.cron}, ${given.timezone}, ${given.kind}, ${given.input}::text::json,
      ${given.options}::text::json, ${given.paused}::boolean, ${given.missed}, ${given.catchUpMax}::int,
      ${given.template}::text::json, ${given.nextRunAt}::text::timestamptz
    WHERE (SELECT count(*) FROM schedules o WHERE o.tenant_id = ${tenantId} AND o.name <> ${name}) < ${schedulesMax}
    ON CONFLICT (tenant_id, name) DO UPDATE SET cron = excluded.cron, timezone = excluded.timezone,
      kind = excluded.kind,
      input = excluded.input, options = excluded.options, paused = excluded.paused, missed = excluded.missed,
      catch_up_max = excluded.catch_up_max, template = excluded.template, revision = s.revision + 1, updated_at = now(),
      next_run_at = CASE WHEN excluded.next_run_at IS NOT NULL AND s.cron = excluded.cron
        AND s.timezone = excluded.timezone THEN coalesce(s.next_run_at, excluded.next_run_at)
          ELSE excluded.next_run_at END
    RETURNING ${sql.unsafe(shownColumnsOfS)}, s.revision = 1 AS created`;
  if (row === undefined) return undefined;
  const { created, ...schedule } = row;
  return { created, schedule: withTimes(schedule) };
}

/** Returns whether `putSchedule` would find less than `schedulesMax` others of the tenant. */
export async function mayPutSchedule(
  sql: Sql,
  { tenantId, name }: ScheduleKey,
  schedulesMax: number,
): Promise<boolean> {
  const [row] = await sql<{ others: number }[]>`
    SELECT count(*)::int AS others FROM schedules WHERE tenant_id = ${tenantId} AND name <> ${name}`;
  return (row?.others ?? 0) < schedulesMax;
}

/** Reads one schedule. */
export async function readSchedule(sql: Sql, key: ScheduleKey): Promise<ScheduleRow | undefined> {
  const [row] = await drizzleOn(sql).select(shownColumns).from(schedules).where(isSchedule(key));
  return row && withTimes(row);
}

/** Lists all schedules of a tenant by name. */
export async function readSchedules(sql: Sql, tenantId: string): Promise<ScheduleRow[]> {
  const rows = await drizzleOn(sql)
    .select(shownColumns)
    .from(schedules)
    .where(eq(schedules.tenantId, tenantId))
    .orderBy(asc(schedules.name));
  return rows.map(withTimes);
}

/** Deletes a schedule and its slots; its jobs stay. False when there is none. */
export async function deleteSchedule(sql: Sql, key: ScheduleKey): Promise<boolean> {
  const rows = await drizzleOn(sql).delete(schedules).where(isSchedule(key)).returning({ name: schedules.name });
  return rows.length > 0;
}

/** Records a job that a call made from the schedule at once, besides its slots. */
export async function noteRun(sql: Sql, key: ScheduleKey, jobId: string): Promise<void> {
  await drizzleOn(sql)
    .update(schedules)
    .set({ lastRunAt: fragment`now()`, lastJobId: jobId })
    .where(isSchedule(key));
}

function isSchedule({ tenantId, name }: ScheduleKey) {
  return and(eq(schedules.tenantId, tenantId), eq(schedules.name, name));
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

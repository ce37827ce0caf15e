import {
  clearDeletedTenant,
  deleteTenant,
  insertJobs,
  listDueSchedules,
  openPostgres,
  type Postgres,
} from '@turno/postgres';
import { updateTenant } from '@turno/tenants';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { atEndOfFile } from '../support/end-of-file.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

let sql: Postgres['sql'];
beforeAll(async () => {
  const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 5, prepare: true, name: 'deletions' });
  atEndOfFile(() => postgres.close());
  sql = postgres.sql;
});

const rowsMax = 10;
let tenants = 0;
let tenantId: string;
beforeEach(async () => {
  tenants += 1;
  tenantId = `ten_leaving_${tenants}`;
  await sql`DELETE FROM tenant_deletions`;
  await sql`INSERT INTO tenants (id, name) VALUES (${tenantId}, 'leaving')`;
});

const add = (count: number, fields: object = {}) =>
  insertJobs(
    sql,
    Array.from({ length: count }, () => newJob({ tenantId, ...fields })),
  );

async function open(tenant = tenantId): Promise<number> {
  const rows = await sql`SELECT FROM jobs WHERE tenant_id = ${tenant} AND finished_at IS NULL`;
  return rows.length;
}

/** Makes steps until none is due. Returns how many jobs each cancelled. */
async function clear(): Promise<number[]> {
  const steps: number[] = [];
  for (let jobs = await clearDeletedTenant(sql, rowsMax); jobs; jobs = await clearDeletedTenant(sql, rowsMax))
    steps.push(jobs.length);
  return steps;
}

const secondVisit = () => sql`UPDATE tenant_deletions SET due_at = now()`;

test('The jobs of a deleted tenant are cancelled in steps of bounded size, and no job of another tenant', async () => {
  await add(25);
  await insertJobs(sql, [newJob({ tenantId: 'ten_staying' })]);
  await deleteTenant(sql, tenantId);
  const steps = await clear();
  expect(steps).toEqual([10, 10, 5]);
  expect([await open(), await open('ten_staying')]).toEqual([0, 1]);
  const [job] = await sql`SELECT state FROM jobs WHERE tenant_id = ${tenantId} LIMIT 1`;
  expect(job).toEqual({ state: 'cancelled' });
});

test('A step that was rolled back, as by a kill, is made again', async () => {
  await add(25);
  await deleteTenant(sql, tenantId);
  await clearDeletedTenant(sql, rowsMax);
  const killed = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'killed' });
  const [pid] = await killed.sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  const locker = await sql.reserve();
  await locker`BEGIN`;
  await locker`LOCK TABLE job_inputs IN ACCESS EXCLUSIVE MODE`;
  const step = clearDeletedTenant(killed.sql, rowsMax).catch((error: unknown) => error);
  const isBlocked = () => sql`SELECT FROM pg_stat_activity WHERE pid = ${pid?.pid ?? 0} AND wait_event_type = 'Lock'`;
  await eventually(async () => expect(await isBlocked()).toHaveLength(1));
  await sql`SELECT pg_terminate_backend(${pid?.pid ?? 0})`;
  await locker`ROLLBACK`;
  locker.release();
  await step;
  await killed.close();
  await clear();
  expect(await open()).toBe(0);
});

test('Two workers share the steps of two deletions without a failure', async () => {
  await add(30);
  const first = tenantId;
  tenantId = `${first}_b`;
  await sql`INSERT INTO tenants (id, name) VALUES (${tenantId}, 'leaving')`;
  await add(30);
  await Promise.all([deleteTenant(sql, first), deleteTenant(sql, tenantId)]);
  await Promise.all([clear(), clear(), clear()]);
  await secondVisit();
  await clear();
  expect([await open(first), await open()]).toEqual([0, 0]);
  expect(await sql`SELECT FROM tenant_deletions`).toHaveLength(0);
});

test('A job that a late request committed behind the place of the walk is found by the second visit', async () => {
  await add(5);
  await deleteTenant(sql, tenantId);
  await clear();
  await add(1);
  await sql`UPDATE jobs SET created_at = created_at - interval '1 day' WHERE tenant_id = ${tenantId}`;
  expect(await clear()).toEqual([]); // not before every process knows that the keys are invalid
  await secondVisit();
  await clear();
  expect(await open()).toBe(0);
  expect(await sql`SELECT FROM tenant_deletions`).toHaveLength(0);
});

test('The endpoints and schedules of a deleted tenant stop, and its cancelled jobs send nothing', async () => {
  await sql`INSERT INTO endpoints (id, tenant_id, url, events) VALUES (${`ep_${tenantId}`}, ${tenantId}, 'http://a.example', ARRAY['job.cancelled'])`;
  await add(3);
  await sql`UPDATE jobs SET webhooks = ${JSON.stringify([{ url: 'http://b.example', endpoint: `ep_${tenantId}`, events: ['job.cancelled'] }])}::text::jsonb WHERE tenant_id = ${tenantId}`;
  await deleteTenant(sql, tenantId);
  await clear();
  expect(await sql`SELECT FROM endpoints WHERE tenant_id = ${tenantId} AND disabled_at IS NULL`).toHaveLength(0);
  expect(await sql`SELECT FROM deliveries WHERE tenant_id = ${tenantId}`).toHaveLength(0);
  const due = await listDueSchedules(sql, { rowsMax: 100 });
  expect(due.filter((one) => one.tenantId === tenantId)).toEqual([]);
});

test('A deleted tenant stays deleted: no change enables it, and a repeat keeps its time', async () => {
  await deleteTenant(sql, tenantId);
  const [before] = await sql`SELECT deleted_at, disabled_at FROM tenants WHERE id = ${tenantId}`;
  await expect(updateTenant({ sql }, tenantId, { disabled: false })).rejects.toMatchObject({ code: 'tenant-deleted' });
  await expect(updateTenant({ sql }, tenantId, { name: 'back' })).rejects.toMatchObject({ code: 'tenant-deleted' });
  expect(await deleteTenant(sql, tenantId)).toBe(true);
  const [after] = await sql`SELECT deleted_at, disabled_at FROM tenants WHERE id = ${tenantId}`;
  expect(after).toEqual(before);
});

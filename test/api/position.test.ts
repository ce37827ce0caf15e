import { insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { newJob } from '../support/new-job.mjs';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, type Api, startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 2, prepare: true, name: 'position' });
let api: Api;
let hand: JobsByHand;
let key: string;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi(withConstants({ limits: { backlogCountEveryMs: 50 } })), jobsByHand()]);
  key = await addKey('ten_mine', ['jobs:read', 'jobs:write']);
});
afterAll(() => Promise.all([hand.close(), close()]));

interface Lane {
  tenantId: string;
  count: number;
  priority?: number;
  blocked?: boolean;
}

/** Jobs that wait in the backlog, in the order of their age. */
async function wait({ count, blocked = false, ...line }: Lane): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => newJob({ ...line, blocked, backlog: true }));
  for (let from = 0; from < count; from += 1_000) await insertJobs(sql, jobs.slice(from, from + 1_000));
  return jobs.map(({ id }) => id).sort();
}

async function read(id: string | undefined, headers: Record<string, string> = {}) {
  const response = await api.request(`/v1/jobs/${id}`, { key, headers });
  const { position = 'none' } = response.status === 200 ? ((await response.json()) as { position: number | null }) : {};
  return { position, status: response.status, etag: response.headers.get('etag') ?? '' };
}

test('`position` counts higher priorities, older jobs of the tenant, and the turns of the others; it moves, and the ETag does not', async () => {
  const mine = await wait({ tenantId: 'ten_mine', count: 30 });
  await wait({ tenantId: 'ten_few', count: 5 });
  await wait({ tenantId: 'ten_many', count: 200 });
  const urgent = await wait({ tenantId: 'ten_many', count: 3, priority: 5 });
  const last = mine.at(-1);
  await eventually(async () => {
    expect((await read(mine[0])).position).toBe(3 + 0 + 1 + 1);
    expect((await read(mine[9])).position).toBe(3 + 9 + 5 + 10);
    expect((await read(last)).position).toBe(3 + 29 + 5 + 30);
  });
  const { etag } = await read(last);
  await sql`DELETE FROM jobs WHERE id = ANY (${urgent}::text[])`;
  await eventually(async () => expect((await read(last)).position).toBe(29 + 5 + 30));
  expect((await read(last)).etag).toBe(etag);
  expect((await read(last, { 'if-none-match': etag })).status).toBe(304);
});

test('A position behind thousands of jobs of its tenant is an estimate, and a blocked job counts only the jobs before it', async () => {
  const mine = await wait({ tenantId: 'ten_mine', count: 1_700, priority: -7 });
  const blocked = await wait({ tenantId: 'ten_mine', count: 4, priority: 9, blocked: true });
  await eventually(async () => {
    expect((await read(mine[1_200])).position).toBeGreaterThan(1_000);
    expect((await read(blocked[3])).position).toBe(3);
  });
  const ahead = 30 + 5 + 200;
  const { position } = await read(mine[1_200]);
  expect(Math.abs(Number(position) - ahead - 1_200)).toBeLessThanOrEqual(250);
});

test('Only a queued job has a position', async () => {
  const [id = ''] = await wait({ tenantId: 'ten_mine', count: 1, priority: 100 });
  await eventually(async () => expect((await read(id)).position).toBe(0));
  await hand.start(id);
  expect((await read(id)).position).toBeNull();
  await hand.complete(id, '{}');
  expect((await read(id)).position).toBeNull();
});

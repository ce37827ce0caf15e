import { insertSubmissions, openPostgres } from '@turno/postgres';
import { createOutbound, createSecretBox } from '@turno/runtime';
import { createJobWebhooks, createUrlVetter } from '@turno/webhooks';
import { afterAll, expect, test } from 'vitest';
import { reuseResult } from '../../libs/jobs/dist/submit/reuse-result.js';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl: url } = await stores();
const { sql, close } = openPostgres({ url, poolMax: 1, prepare: true, name: 'origins' });
const outbound = createOutbound({ allowHosts: ['127.0.0.1'] });
afterAll(() => Promise.all([close(), outbound.close()]));

/** The receivers of one process, and the new origins that it counted against the tenant. */
function openWebhooks() {
  const counted: number[] = [];
  const vet = createJobWebhooks({
    sql,
    box: createSecretBox('a secret of at least thirty-two characters'),
    vetter: createUrlVetter(outbound),
    limitOrigins: (_tenantId, count) => Promise.resolve(void counted.push(count)),
  });
  return { vet, counted };
}

const jobsOf = (origins: number) =>
  Array.from({ length: origins }, (_, index) => ({
    webhook: { url: `http://127.0.0.1:${20_000 + index}/hook`, events: ['job.completed' as const] },
    pointer: `/jobs/${index}/options/webhook`,
  }));

const rowsOf = async (tenantId: string) => {
  const [row] = await sql<{ endpoints: number; secrets: number }[]>`
    SELECT (SELECT count(*)::int FROM endpoints WHERE tenant_id = ${tenantId}) AS endpoints,
      (SELECT count(*)::int FROM webhook_secrets WHERE owner_id = ${tenantId}) AS secrets`;
  return row;
};

test('A request with more than 100 new webhook origins is refused with the place of the 101st, and writes nothing', async () => {
  const { vet, counted } = openWebhooks();
  await expect(vet('ten_many', jobsOf(150))).rejects.toMatchObject({
    code: 'invalid-request',
    details: { errors: [{ pointer: '/jobs/100/options/webhook/url' }] },
  });
  expect([counted, await rowsOf('ten_many')]).toEqual([[], { endpoints: 0, secrets: 0 }]);
});

test('New webhook origins are written only by register, and count once against the limit of their tenant', async () => {
  const { vet, counted } = openWebhooks();
  const jobs = [undefined, ...jobsOf(100), ...jobsOf(100)];
  const vetted = await vet('ten_some', jobs);
  expect([vetted.hasNew, await rowsOf('ten_some')]).toEqual([true, { endpoints: 0, secrets: 0 }]);
  const receivers = await vetted.register();
  expect(receivers.map((one) => one?.url)).toEqual(jobs.map((job) => job?.webhook.url));
  expect(new Set(receivers.map((one) => one?.endpoint)).size).toBe(101);
  expect(await rowsOf('ten_some')).toEqual({ endpoints: 100, secrets: 1 });
  for (const process of [{ vet, counted }, openWebhooks()]) {
    const again = await process.vet('ten_some', jobs);
    expect([again.hasNew, await again.register()]).toEqual([false, receivers]);
  }
  expect(counted).toEqual([100]);
});

test('A tenant over its limit of new webhook origins writes nothing, and may go on with those it has', async () => {
  const refusal = new Error('over the limit');
  const vet = createJobWebhooks({
    sql,
    box: createSecretBox('a secret of at least thirty-two characters'),
    vetter: createUrlVetter(outbound),
    limitOrigins: () => Promise.reject(refusal),
  });
  await expect(vet('ten_over', jobsOf(2))).rejects.toBe(refusal);
  expect(await rowsOf('ten_over')).toEqual({ endpoints: 0, secrets: 0 });
  expect((await vet('ten_some', jobsOf(2))).hasNew).toBe(false);
});

test('A submit that cannot share a job with all its receivers writes no row of its webhook origin', async () => {
  const { vet } = openWebhooks();
  const shared = newJob({
    tenantId: 'ten_full',
    webhooks: '[{"url":"http://127.0.0.1:1/","endpoint":"ep_1","events":[]}]',
  });
  const workSha256 = 'ab'.repeat(32);
  const offered = { workSha256, replaces: null, earlierJobId: null };
  await insertSubmissions(sql, [{ tenantId: 'ten_full', jobs: [shared], key: null, reusable: offered }]);
  const reuse = async (receiversMax: number) => {
    const webhooks = await vet('ten_full', jobsOf(1));
    const deps = { sql, receiversMax, reader: { read: () => Promise.resolve(undefined) } };
    return reuseResult(deps, {
      tenantId: 'ten_full',
      key: undefined,
      work: { workSha256, freshSeconds: 60 },
      webhooks,
    });
  };
  expect(await reuse(1)).toMatchObject({ outcome: 'none' });
  expect(await rowsOf('ten_full')).toEqual({ endpoints: 0, secrets: 0 });
  await reuse(2);
  expect(await rowsOf('ten_full')).toEqual({ endpoints: 1, secrets: 1 });
});

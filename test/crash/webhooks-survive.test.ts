import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/fleet.ts';
import { startReceiver, reply } from '../support/receivers.ts';
import { ownRedis } from '../support/mortal-store.ts';
import { redisCommand } from '../support/redis-command.ts';
import { testKey } from '../support/start-turno.ts';
import { quickWebhooks, register } from '../support/webhooks.ts';
import type { App } from '../support/start-app.ts';

/** Its own: the other files' must not be emptied with it. */
const redis = await ownRedis();

const asked = (api: App) => ({
  request: (path: string, { body }: { body?: unknown } = {}) =>
    fetch(`${api.addresses['api']}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
});

/** I6: each event once delivered or exhausted, under one id however often it was sent. */
async function judgeWebhooks(
  fleet: Awaited<ReturnType<typeof openFleet>>,
  received: { headers: Record<string, string>; body: string }[],
) {
  const sent = await fleet.sql<{ id: string; jobId: string; state: string }[]>`
    SELECT id, job_id AS "jobId", state FROM deliveries ORDER BY job_id`;
  const known = new Map(sent.map(({ id, jobId }) => [id, jobId]));
  const strangers = received.filter(({ headers, body }) => {
    const { data } = JSON.parse(body) as { data: { id: string } };
    return known.get(headers['webhook-id'] ?? '') !== data.id;
  });
  const jobs = fleet.history.accepted.map(({ jobId }) => jobId).toSorted();
  return {
    strangers,
    missing: jobs.filter((id) => !sent.some((one) => one.jobId === id)),
    surplus: sent.length - jobs.length,
  };
}

test('Deliveries survive workers that are killed while sending and a Redis that is emptied again and again', async () => {
  const fleet = await openFleet({ redisUrl: redis.url });
  const api = await fleet.startApi(quickWebhooks);
  const worker = await fleet.startWorker({ ...quickWebhooks, WEBHOOK_TIMEOUT_MS: '500' });
  const seen = new Set<string>();
  // The first sight of every event is left without an answer, so that something is always under way when a worker is killed.
  const receiver = await startReceiver((socket, request, count) => {
    const id = request.headers['webhook-id'] ?? '';
    if (seen.has(id)) reply(200)(socket, request, count);
    seen.add(id);
  });
  await register(asked(api), receiver.url);
  for (let count = 0; count < 30; count += 1) await fleet.submit(api, 'test.noop', {});
  await eventually(() => receiver.received.length > 0);
  worker.kill('SIGKILL');
  await worker.exited;
  await redisCommand(redis.url, 'FLUSHALL');
  await fleet.startWorker({ ...quickWebhooks, WEBHOOK_TIMEOUT_MS: '500' });
  await eventually(() => receiver.received.length > 5);
  await redisCommand(redis.url, 'FLUSHALL');
  expect(await fleet.verdict(api)).toEqual([]);
  await eventually(
    async () => {
      await fleet.sql`UPDATE endpoints SET paused_until = NULL`;
      await fleet.sql`UPDATE deliveries SET due_at = now() WHERE due_at > now() AND NOT in_flight`;
      const left = await fleet.sql`SELECT id FROM deliveries WHERE state = 'pending'`;
      if (left.length > 0) throw new Error(`${left.length} are still pending`);
    },
    { withinMs: 50_000 },
  );
  expect(await judgeWebhooks(fleet, receiver.received)).toEqual({ strangers: [], missing: [], surplus: 0 });
  const delivered = await fleet.sql`SELECT id FROM deliveries WHERE state = 'delivered'`;
  expect(delivered).toHaveLength(30);
});

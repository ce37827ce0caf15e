import { expect, onTestFinished, test } from 'vitest';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { reply, startReceiver } from '../support/http/receivers.ts';
import { ownRedis } from '../support/stores/mortal-store.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { quickWebhooks, register } from '../support/http/webhooks.ts';
import type { App } from '../support/apps/start-app.ts';

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
  const worker = await fleet.startWorker(
    mergeSettings(quickWebhooks, withConstants({ deliveries: { timeoutMs: 500 } })),
  );
  const seen = new Set<string>();
  // The first sight of every event is left without an answer, so that something is always under way when a worker is
  // killed.
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
  await fleet.startWorker(mergeSettings(quickWebhooks, withConstants({ deliveries: { timeoutMs: 500 } })));
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
    { withinMs: 180_000 },
  );
  expect(await judgeWebhooks(fleet, receiver.received)).toEqual({ strangers: [], missing: [], surplus: 0 });
  const delivered = await fleet.sql`SELECT id FROM deliveries WHERE state = 'delivered'`;
  expect(delivered).toHaveLength(30);
});

test('What waited in a Redis that was emptied, or that lost it one by one, is sent soon, and once', async () => {
  const fleet = await openFleet({ redisUrl: redis.url });
  const api = await fleet.startApi(quickWebhooks);
  await fleet.sql`DELETE FROM endpoints`;
  // The time after which any hand-over counts as lost is longer than this test may take.
  const slow = withConstants({ deliveries: { lostAfterMs: 600_000, timeoutMs: 600_000, concurrency: 1 } });
  await fleet.startWorker(mergeSettings(quickWebhooks, slow));
  const unanswered: (() => void)[] = [];
  const receiver = await startReceiver((...all) => void unanswered.push(() => reply(200)(...all)));
  await register(asked(api), receiver.url, ['job.cancelled']);
  const lose = [
    () => redisCommand(redis.url, 'FLUSHALL'),
    () =>
      redisCommand(
        redis.url,
        'EVAL',
        "for _, key in ipairs(redis.call('KEYS', '*:bull:webhooks:*')) do redis.call('DEL', key) end",
        '0',
      ),
  ];
  for (const [round, loseIt] of lose.entries()) {
    const { length: before } = receiver.received;
    for (let count = 0; count < 4; count += 1) {
      const { jobId } = await fleet.submit(api, 'test.noop', {}, { delaySeconds: 3_600 });
      await asked(api).request(`/v1/jobs/${jobId}/cancel`);
    }
    await eventually(async () => {
      const [row] =
        await fleet.sql`SELECT count(*)::int AS waiting FROM deliveries WHERE in_flight AND claimed < ticket`;
      expect([row?.['waiting'], receiver.received.length]).toEqual([3, before + 1]);
    });
    await loseIt();
    const answering = setInterval(() => unanswered.splice(0).forEach((answer) => answer()), 20);
    onTestFinished(() => clearInterval(answering));
    await eventually(async () => {
      const [row] =
        await fleet.sql`SELECT count(*)::int AS done FROM deliveries WHERE state = 'delivered' AND event = 'job.cancelled'`;
      expect(row?.['done']).toBe(4 * (round + 1));
    });
    clearInterval(answering);
    expect(receiver.received).toHaveLength(4 * (round + 1));
  }
});

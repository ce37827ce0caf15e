import { createConsumer, createProducer, toPack } from '@turno/queue';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { watchFetch } from '../../apps/worker/src/watch-fetch.ts';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';

const log = pino({ enabled: false });

async function consumerThatStopped() {
  const { redisUrl, redisPrefix: prefix } = await stores();
  const connection = { redisUrl, prefix };
  const fetched: string[] = [];
  const producer = createProducer(connection, log);
  const consumer = createConsumer<{ jobId: string; ticket: number }>({
    connection,
    log,
    queue: 'io',
    concurrency: 1,
    process: ({ jobId }) => Promise.resolve(void fetched.push(jobId)),
  });
  onTestFinished(() => Promise.all([consumer.close(), producer.close()]).then(() => {}));
  await consumer.pause();
  const ticket = { jobId: 'job_stuck', ticket: 1, kind: 'test.noop', queue: 'io', priority: 0 };
  await eventually(async () => (await producer.send([toPack([ticket])]), true));
  return { consumer, producer, fetched };
}

test('A consumer that fetches nothing although work waits is rebuilt, and then fetches', async () => {
  const { consumer, producer, fetched } = await consumerThatStopped();
  let gaveUp = 0;
  onTestFinished(watchFetch({ consumers: [consumer], producer, log, stuckMs: 4_000, giveUp: () => (gaveUp += 1) }));
  await eventually(() => fetched.length === 1);
  expect([fetched, gaveUp]).toEqual([['job_stuck'], 0]);
});

test('A worker whose rebuilt consumer does not fetch either stops', async () => {
  const { consumer, producer } = await consumerThatStopped();
  let gaveUp = 0;
  const useless = { ...consumer, rebuild: () => {} };
  const later = { jobId: 'job_later', ticket: 1, kind: 'test.noop', queue: 'io', priority: 0 };
  await producer.send([toPack([later])]);
  onTestFinished(watchFetch({ consumers: [useless], producer, log, stuckMs: 500, giveUp: () => (gaveUp += 1) }));
  await eventually(() => gaveUp > 0);
});

import { createRequire } from 'node:module';
import path from 'node:path';
import { createConsumer, createProducer, type Producer, type QueuedTicket, toPack } from '@turno/queue';
import { pino } from 'pino';
import { beforeAll, afterAll, expect, onTestFinished, test } from 'vitest';
import { checkedBullmqVersion } from '../../libs/queue/src/bullmq-layout.ts';
import { eventually } from '../support/eventually.ts';
import { root } from '../support/root.ts';
import { stores } from '../support/stores/stores.ts';

const log = pino({ enabled: false });
const installedAt = createRequire(path.join(root, 'libs/queue/package.json'));
let producer: Producer;
let connection: { redisUrl: string; prefix: string };

beforeAll(async () => {
  const { redisUrl, redisPrefix } = await stores();
  connection = { redisUrl, prefix: redisPrefix };
  producer = createProducer(connection, log);
  await eventually(() => producer.epoch().then(() => true));
});
afterAll(() => producer.close());

const ticketOf = (jobId: string): QueuedTicket => ({ jobId, ticket: 1, kind: 'test.noop', queue: 'io', priority: 0 });

test('The installed BullMQ is the version whose private keys were checked, and package.json pins it exactly', () => {
  expect(installedAt('bullmq/package.json')).toMatchObject({ version: checkedBullmqVersion });
  expect(installedAt('./package.json')).toMatchObject({ dependencies: { bullmq: checkedBullmqVersion } });
});

test('A sample of BullMQ counts the tickets that wait and all that were added, alone and in packs', async () => {
  const [[before], waiting] = await Promise.all([producer.sample(['io']), producer.waiting('io')]);
  await producer.send([toPack([ticketOf('counted-1'), ticketOf('counted-2')]), toPack([ticketOf('counted-3')])]);
  const after = { waiting: waiting + 3, added: (before?.added ?? 0) + 3 };
  expect(await producer.sample(['cpu', 'io'])).toEqual([{ waiting: 0, added: 0 }, after]);
});

test('A ticket that waits in BullMQ is present, one that BullMQ never had is missing', async () => {
  const [waiting, unknown] = [ticketOf('waits'), ticketOf('never-added')];
  await producer.send([toPack([waiting])]);
  expect(await producer.findMissing([waiting, unknown], 0)).toEqual([unknown]);
});

test('A fetched ticket is missing once its time to be claimed has passed, and a finished one at once', async () => {
  const [running, finished] = [ticketOf('running'), ticketOf('finished')];
  let finish = () => {};
  const end = new Promise<void>((resolve) => (finish = resolve));
  const fetched = new Set<string>();
  const consumer = createConsumer<{ jobId: string }>({
    connection,
    queue: 'io',
    concurrency: 10,
    log,
    async process({ jobId }) {
      fetched.add(jobId);
      if (jobId === running.jobId) await end;
    },
  });
  onTestFinished(() => consumer.close());
  onTestFinished(finish);
  await producer.send([running, finished].map((ticket) => toPack([ticket])));
  await eventually(() => fetched.has(running.jobId) && fetched.has(finished.jobId));
  await eventually(async () => expect(await producer.findMissing([running, finished], 600_000)).toEqual([finished]));
  await eventually(async () => expect(await producer.findMissing([running], -1_000)).toEqual([running]));
});

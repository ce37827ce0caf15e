import { createProducer, type QueueConnection, type QueuedTicket, toPack } from '@turno/queue';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { gated, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { stores } from '../support/stores/stores.ts';

test('Jobs of a worker that is killed are run again by another one, and no others are', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const [first] = await Promise.all([fleet.startWorker(), fleet.startWorker()]);
  const { until, lift } = makeLatch();
  for (let count = 0; count < 20; count += 1) await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.running()).length === 20);
  const lost = new Set((await fleet.running(first)).map((job) => job.id));
  first.kill('SIGKILL');
  await first.exited;
  lift();
  expect(await fleet.verdict(api)).toEqual([]);
  for (const { jobId } of fleet.history.accepted) {
    expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: lost.has(jobId) ? 2 : 1 });
  }
});

test('A worker killed after its commit and before BullMQ heard of it: the job is not run again', async () => {
  const { redisUrl, redisPrefix: prefix } = await stores();
  const { gate, url } = await gated(redisUrl);
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const worker = await fleet.startWorker({ REDIS_URL: url });
  const { until, lift } = makeLatch();
  const { jobId } = await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.row(jobId)).state === 'running');
  const { ticket } = await fleet.row(jobId);
  gate.hang();
  lift();
  await fleet.drained();
  worker.kill('SIGKILL');
  await worker.exited;
  await fleet.startWorker();
  await deliverAgain({ redisUrl, prefix }, { jobId, ticket, kind: 'test.wait', queue: 'io', priority: 0 });
  const { jobId: next } = await fleet.submit(api, 'test.noop');
  await eventually(async () => (await fleet.row(next)).state === 'completed');
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 1, ticket });
});

test('Jobs that a killed worker had fetched and not claimed are run before BullMQ takes that worker for lost', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const lasting = withConstants({ execution: { ticketLockMs: 3_600_000 } });
  const worker = await fleet.startWorker({ DATABASE_URL: url, LOG_LEVEL: 'debug', ...lasting });
  await eventually(async () => !(await fleet.row((await fleet.submit(api, 'test.noop')).jobId)).backlog);
  await fleet.drained();
  gate.hang();
  const fetched: string[] = [];
  for (let count = 0; count < 5; count += 1) fetched.push((await fleet.submit(api, 'test.noop')).jobId);
  const { redisUrl, redisPrefix } = await stores();
  await eventually(async () => {
    const active = await redisCommand(redisUrl, 'LRANGE', `${redisPrefix}:bull:io:active`, '0', '-1');
    return fetched.every((jobId) => active.includes(jobId));
  });
  worker.kill('SIGKILL');
  await fleet.startWorker();
  expect(await fleet.verdict(api)).toEqual([]);
  // BullMQ, whose lock on a ticket lasts an hour here, would hand over the old ticket.
  for (const jobId of fetched) expect((await fleet.row(jobId)).ticket).toBeGreaterThan(1);
});

/** What BullMQ does half a minute after a worker fell silent. */
async function deliverAgain(connection: QueueConnection, ticket: QueuedTicket): Promise<void> {
  const key = `${connection.prefix}:bull:${ticket.queue}:${ticket.jobId}-${ticket.ticket}`;
  await redisCommand(connection.redisUrl, 'DEL', key, `${key}:lock`);
  const producer = createProducer(connection, pino({ enabled: false }));
  await eventually(() => producer.send([toPack([ticket])]).then(() => true));
  await producer.close();
}

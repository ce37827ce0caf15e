import { reconcileDispatches } from '@turno/jobs';
import { insertJobs, markDispatched, openPostgres } from '@turno/postgres';
import { createProducer, openQueues, type QueuedTicket, toPack } from '@turno/queue';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newJob } from '../support/new-job.mjs';
import { startTicketWorker, type TicketWorkerOptions } from '../support/ticket-worker.ts';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl, redisUrl, redisPrefix: prefix } = await stores();
const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 4, prepare: true, name: 'packs' });
const connection = { redisUrl, prefix };
const producer = createProducer(connection, pino({ enabled: false }));
const bull = openQueues(connection);
const io = bull.queues.find(({ name }) => name === 'io');

beforeAll(async () => {
  // Until both connections of the producer are open.
  await eventually(() => Promise.all([producer.isPaused('io'), producer.startEpoch(1)]).then(() => true));
});
beforeEach(async () => void (await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`));
afterAll(async () => {
  await Promise.all([producer.close(), bull.close()]);
  await close();
});

/** Inserts jobs that Postgres takes for dispatched, and returns their tickets. */
async function insertDispatched(count: number, fields: Parameters<typeof newJob>[0] = {}): Promise<QueuedTicket[]> {
  const jobs = Array.from({ length: count }, () => newJob({ kind: 'test.noop', ...fields }));
  await insertJobs(sql, jobs);
  return jobs.map(({ id, kind }) => ({ jobId: id, ticket: 1, kind, queue: 'io', priority: 0 }));
}

async function startWorker(options: Pick<TicketWorkerOptions, 'slots' | 'handle'> & Partial<TicketWorkerOptions>) {
  const worker = await startTicketWorker({ sql, connection, producer, ...options });
  onTestFinished(() => worker.close());
  return worker;
}

interface Row {
  id: string;
  state: string;
  ticket: number;
  tries: number;
  handBacks: number;
  backlog: boolean;
  alone: boolean | null;
}

const readRows = () => sql<Row[]>`
  SELECT id, state, ticket, tries, hand_backs AS "handBacks", backlog, alone FROM jobs ORDER BY id`;
const inState = async (state: string) => (await readRows()).filter((row) => row.state === state).map(({ id }) => id);

/** A latch within this process. */
function latch() {
  let lift = () => {};
  const lifted = new Promise<void>((resolve) => (lift = resolve));
  return { lifted, lift };
}

test('A pack starts as many jobs as slots are free; the others return to the backlog, uncounted and alone', async () => {
  const { lifted, lift } = latch();
  const tickets = await insertDispatched(5);
  const worker = await startWorker({ slots: 2, handle: () => lifted });
  await producer.send([toPack(tickets)]);
  await eventually(async () => expect((await readRows()).filter(({ backlog }) => backlog)).toHaveLength(3));
  expect(await inState('running')).toEqual(worker.begun.toSorted());
  for (const row of (await readRows()).filter(({ backlog }) => backlog))
    expect(row).toMatchObject({ state: 'queued', ticket: 2, tries: 0, handBacks: 0, alone: true });
  expect(await sql`SELECT FROM job_attempts`).toHaveLength(0);
  lift();
  await eventually(async () => expect(await inState('completed')).toHaveLength(2));
});

test('The BullMQ job of a pack ends while a slow job of it still runs, and its other jobs have run', async () => {
  const { lifted, lift } = latch();
  const tickets = await insertDispatched(3);
  const [slow] = tickets.map(({ jobId }) => jobId);
  await startWorker({ slots: 4, handle: ({ jobId }) => (jobId === slow ? lifted : Promise.resolve()) });
  await producer.send([toPack(tickets)]);
  await eventually(async () => expect(await inState('completed')).toHaveLength(2));
  await eventually(async () => expect(await io?.getActiveCount()).toBe(0));
  expect(await inState('running')).toEqual([slow]);
  lift();
  await eventually(async () => expect(await inState('completed')).toHaveLength(3));
});

test('A worker fetches no further BullMQ job while all of its slots are used', async () => {
  const { lifted, lift } = latch();
  const tickets = await insertDispatched(4);
  const worker = await startWorker({ slots: 2, handle: () => lifted });
  await producer.send([toPack(tickets.slice(0, 2))]);
  await eventually(() => worker.begun.length === 2);
  await producer.send([toPack(tickets.slice(2))]);
  await eventually(async () => expect(await io?.getActiveCount()).toBe(0));
  expect([worker.slots.free(), await producer.waiting('io')]).toEqual([0, 2]);
  lift();
  await eventually(async () => expect(await inState('completed')).toHaveLength(4));
});

test('A ticket that travels alone, in a pack and in a second pack runs once', async () => {
  const tickets = await insertDispatched(4);
  const [first, second] = [tickets.slice(0, 3), tickets.slice(1)];
  await producer.send([toPack(first), toPack(second), toPack(tickets.slice(0, 1))]);
  const worker = await startWorker({ slots: 10, handle: () => Promise.resolve() });
  await eventually(async () => expect(await inState('completed')).toHaveLength(4));
  await eventually(async () => expect(await io?.getJobCountByTypes('active', 'prioritized')).toBe(0));
  expect(worker.begun.toSorted()).toEqual(tickets.map(({ jobId }) => jobId).toSorted());
});

test('A failed job of a pack is among the failed jobs of BullMQ, with its reason', async () => {
  const tickets = await insertDispatched(2);
  const [failing] = tickets;
  const fail = () => Promise.reject(new Error('no luck'));
  await startWorker({ slots: 4, handle: ({ jobId }) => (jobId === failing?.jobId ? fail() : Promise.resolve()) });
  await producer.send([toPack(tickets)]);
  await eventually(async () => {
    const failed = (await io?.getFailed()) ?? [];
    expect(failed).toMatchObject([
      { id: `${failing?.jobId}-1`, name: 'test.noop', failedReason: 'handler-error: no luck' },
    ]);
  });
  expect(await inState('failed')).toEqual([failing?.jobId]);
});

test('A worker returns the jobs of a paused kind in a pack to the backlog and runs the others', async () => {
  const tickets = [...(await insertDispatched(2)), ...(await insertDispatched(2, { kind: 'test.wait' }))];
  const pauses = { now: () => ({ queues: new Set<string>(), kinds: new Set(['test.wait']) }) };
  await startWorker({ slots: 4, handle: () => Promise.resolve(), pauses });
  await producer.send([toPack(tickets)]);
  await eventually(async () => expect(await inState('completed')).toHaveLength(2));
  await eventually(async () => expect((await readRows()).filter(({ backlog }) => backlog)).toHaveLength(2));
});

test('Waiting tickets are counted, not BullMQ jobs', async () => {
  const tickets = await insertDispatched(6);
  await producer.send([toPack(tickets.slice(0, 5)), toPack(tickets.slice(5))]);
  expect([await producer.waiting('io'), await io?.getPrioritizedCount()]).toEqual([6, 2]);
  await io?.drain();
});

/** Sends a pack, and records what BullMQ confirmed as of `secondsAgo`. */
async function sendLongAgo(tickets: readonly QueuedTicket[], secondsAgo: number): Promise<string> {
  const pack = toPack(tickets);
  const epoch = (await producer.send([pack])) ?? NaN;
  const { carrier = '' } = pack;
  await markDispatched(
    sql,
    tickets.map(({ jobId, ticket }) => ({ jobId, ticket, carrier })),
    epoch,
  );
  await sql`UPDATE jobs SET queued_at = now() - ${secondsAgo}::int * interval '1 second'
    WHERE id = ANY (${tickets.map(({ jobId }) => jobId)}::text[])`;
  return carrier;
}

test('No ticket of a pack that has waited in BullMQ for a minute is taken for lost', async () => {
  const carrier = await sendLongAgo(await insertDispatched(8), 60);
  expect(await reconcileDispatches({ sql, producer }, 10_000, 100)).toBe(0);
  expect((await readRows()).map(({ ticket }) => ticket)).toEqual(Array.from({ length: 8 }, () => 1));
  await io?.remove(carrier);
});

test('When Redis loses a pack, each of its tickets returns to the backlog once, and no other', async () => {
  const carrier = await sendLongAgo(await insertDispatched(8), 60);
  const others = await sendLongAgo(await insertDispatched(3), 60);
  await io?.remove(carrier);
  expect(await reconcileDispatches({ sql, producer }, 10_000, 100)).toBe(8);
  expect(await reconcileDispatches({ sql, producer }, 10_000, 100)).toBe(0);
  expect((await readRows()).map(({ ticket, backlog }) => [ticket, backlog])).toEqual([
    ...Array.from({ length: 8 }, () => [2, true]),
    ...Array.from({ length: 3 }, () => [1, false]),
  ]);
  await io?.remove(others);
});

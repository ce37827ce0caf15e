import { randomUUID } from 'node:crypto';
import { Queue, QueueEvents } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { openNaive } from './naive-database.mjs';
import { startPeer } from './peer-process.mjs';

/* What one would write first: Express, and for each request what MODE names. */
const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const connectionString = process.env.DATABASE_URL;

const modes = {
  /** One insert and one `queue.add` for each request; a wait ends with an event of BullMQ. */
  async naive() {
    const sql = await openNaive();
    const queue = new Queue('naive', { connection: connect() });
    const events = new QueueEvents('naive', { connection: connect() });
    for (const emitter of [queue, events]) emitter.setMaxListeners(0); // each wait adds some
    await events.waitUntilReady();
    return async ({ body: { kind, input }, headers }, res) => {
      const id = randomUUID();
      await sql`INSERT INTO naive.jobs (id, kind, state, input)
        VALUES (${id}, ${kind}, 'queued', ${JSON.stringify(input)}::text::json)`;
      const job = await queue.add(kind, { input }, { jobId: id });
      if (headers.prefer === undefined) return res.status(202).json({ id, state: 'queued' });
      const output = await job.waitUntilFinished(events, 10_000);
      res.json({ id, state: 'completed', output });
    };
  },
  /** `queue.add` alone: the job is only in Redis. */
  async 'queue-add'() {
    const queue = new Queue('noop', { connection: connect() });
    return async ({ body: { kind, input } }, res) => {
      const { id } = await queue.add(kind, { input });
      res.status(202).json({ id, state: 'queued' });
    };
  },
  async 'pg-boss'() {
    const { default: PgBoss } = await import('pg-boss');
    const boss = new PgBoss({ connectionString, max: 10, supervise: false, schedule: false });
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue('noop');
    return async ({ body: { input } }, res) =>
      res.status(202).json({ id: await boss.send('noop', input), state: 'queued' });
  },
  async 'graphile-worker'() {
    const { makeWorkerUtils } = await import('graphile-worker');
    const utils = await makeWorkerUtils({ connectionString, maxPoolSize: 10 });
    await utils.migrate();
    return async ({ body: { input } }, res) => {
      const { id } = await utils.addJob('noop', input);
      res.status(202).json({ id, state: 'queued' });
    };
  },
};

const app = express();
const constant = JSON.parse(process.env.BODY ?? '{}');
app.get('/constant', (_req, res) => res.json(constant));
if (process.env.MODE !== undefined) app.post('/v1/jobs', express.json(), await modes[process.env.MODE]());
const server = app.listen(0, '127.0.0.1', () => {
  startPeer({}, { api: `http://127.0.0.1:${server.address().port}` });
});

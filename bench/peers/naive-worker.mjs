import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { openNaive } from './naive-database.mjs';
import { addAll, countDrain, startPeer } from './peer-process.mjs';

/*
 * The worker that one would write first: BullMQ, one insert and one cache write for each result.
 * `serve` is the worker behind naive-api.mjs, which updates the row of the submit instead.
 */
const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('naive', { connection: connect() });
const cache = connect();
const sql = await openNaive();

startPeer({
  fill: ({ jobs }) => addAll(queue, jobs),
  async drain({ jobs, concurrency, secondsMax }) {
    const count = countDrain({ jobs, secondsMax });
    const run = async ({ id, data }) => {
      count.begin();
      const output = JSON.stringify({ value: data.input.value });
      await sql`INSERT INTO naive.results (job_id, output) VALUES (${id}, ${output}::text::json)`;
      await cache.set(`naive:result:${id}`, output, 'EX', 300);
      count.end();
    };
    work(run, concurrency);
    const report = await count.report();
    const [{ stored }] = await sql`SELECT count(*)::int AS stored FROM naive.results`;
    return { ...report, stored };
  },
  async serve({ concurrency }) {
    const run = async ({ id, data }) => {
      const output = { value: data.input.value };
      await sql`UPDATE naive.jobs SET state = 'completed', output = ${JSON.stringify(output)}::text::json,
        finished_at = now() WHERE id = ${id}`;
      return output;
    };
    await work(run, concurrency).waitUntilReady();
    return {};
  },
});

function work(run, concurrency) {
  return new Worker('naive', run, { connection: connect(), concurrency });
}

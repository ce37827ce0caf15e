import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { addAll, countDrain, startPeer } from './peer-process.mjs';

/* BullMQ's default worker in one process: no priority, no id of our own, nothing durable. */
const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('noop', { connection: connect() });

startPeer({
  fill: ({ jobs }) => addAll(queue, jobs),
  async drain({ jobs, concurrency, secondsMax }) {
    const count = countDrain({ jobs, secondsMax });
    const run = async ({ data }) => {
      count.begin();
      return { value: data.input.value };
    };
    const worker = new Worker('noop', run, { connection: connect(), concurrency });
    worker.on('completed', () => count.end());
    return count.report();
  },
});

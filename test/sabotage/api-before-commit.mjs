import { createServer } from 'node:http';
import { createDispatcher } from '@turno/jobs';
import { createBatcher, insertJobs, openPostgres } from '@turno/postgres';
import { createProducer } from '@turno/queue';
import { createLog, runProcess } from '@turno/runtime';
import { newJob } from '../support/new-job.mjs';

/** Dispatches and promises a job first, and commits it after. */
await runProcess(createLog('sabotaged', 'info'), 5_000, async ({ log }) => {
  const { env } = process;
  const { sql } = openPostgres({ url: env.DATABASE_URL, poolMax: 2, prepare: true, name: 'sabotaged' });
  const producer = createProducer({ redisUrl: env.REDIS_URL, prefix: env.REDIS_PREFIX }, log);
  const dispatcher = createDispatcher({ sql, producer, log });
  const inserts = createBatcher({ flush: (jobs) => insertJobs(sql, jobs), key: (job) => job.id, timeoutMs: 1_000 });
  const server = createServer((request, response) => {
    const job = newJob({ kind: 'test.noop' });
    dispatcher.dispatch({ ...job, jobId: job.id, ticket: 1 });
    request.resume().on('end', () => {
      response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ id: job.id }));
      inserts.add(job).catch((error) => log.warn({ err: error }, 'promised and not committed'));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { api: `http://127.0.0.1:${server.address().port}` };
});

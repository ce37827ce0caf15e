import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { countDrain, startPeer } from './peer-process.mjs';

/* graphile-worker with the two options that its documentation names for speed: a local queue and batched completions. */
const connectionString = process.env.DATABASE_URL;
const silent = new Logger(() => () => {});
const utils = await makeWorkerUtils({ connectionString });
await utils.migrate();

startPeer({
  async fill({ jobs }) {
    await utils.withPgClient((client) =>
      client.query(
        `SELECT graphile_worker.add_job('noop', json_build_object('value', 1)) FROM generate_series(1, $1::int)`,
        [jobs],
      ),
    );
    return {};
  },
  async drain({ jobs, concurrency, secondsMax }) {
    const count = countDrain({ jobs, secondsMax });
    const runner = await run({
      preset: {
        worker: {
          connectionString,
          concurrentJobs: concurrency,
          maxPoolSize: 10,
          logger: silent, // it advises a connection per job, more than a Postgres has
          ...(concurrency > 1 && { localQueue: { size: concurrency + 1 }, completeJobBatchDelay: 0 }),
        },
      },
      noHandleSignals: true,
      taskList: { noop: async () => count.begin() },
    });
    runner.events.on('job:complete', () => count.end());
    return count.report();
  },
});

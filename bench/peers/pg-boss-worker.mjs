import { setTimeout as delay } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import { startPeer } from './peer-process.mjs';

/*
 * pg-boss with the concurrency spread over calls of `work`, as its documentation advises. A worker that got jobs is
 * notified, so that it fetches again without its polling interval of at least half a second.
 */
const callsMax = 10;
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, max: 10, supervise: false, schedule: false });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('noop');
await boss.purgeQueue('noop');

startPeer({
  async fill({ jobs }) {
    for (let left = jobs; left > 0; left -= 500) {
      await boss.insert(Array.from({ length: Math.min(500, left) }, () => ({ name: 'noop', data: { value: 1 } })));
    }
    return {};
  },
  async drain({ jobs, concurrency, secondsMax }) {
    const calls = Math.min(callsMax, concurrency);
    const options = { batchSize: Math.ceil(concurrency / calls), pollingIntervalSeconds: 0.5 };
    const until = performance.now() + secondsMax * 1_000;
    for (let call = 0; call < calls; call += 1) await workOn(options);
    // pg-boss does not wait until a batch is completed: only its table says when.
    for (;;) {
      await delay(250);
      const report = await readReport();
      if (report.done === jobs || performance.now() > until) return report;
    }
  },
});

async function workOn(options) {
  const id = await boss.work('noop', options, async ([job]) => {
    boss.notifyWorker(id);
    return { value: job.data.value };
  });
}

async function readReport() {
  const { rows } = await boss.getDb().executeSql(`
    SELECT count(*)::int AS done, extract(epoch FROM max(completed_on) - min(started_on))::float8 AS seconds
    FROM pgboss.job WHERE name = 'noop' AND state = 'completed'`);
  return rows[0];
}

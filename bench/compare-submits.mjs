import { setTimeout as delay } from 'node:timers/promises';
import { indexWords } from '@turno/postgres';
import { openSql } from './open-bench-stores.mjs';
import { measure, openLoad } from './open-load.mjs';
import { printTable, quantile } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';
import { ratioOf, showRatio, takeTurns } from './take-turns.mjs';

const ratioMin = 0.95;
const lateMsMax = 5_000;
const variants = ['search off', 'search on'];
/** More than are sent in one turn, so that the words of a turn differ as those of real jobs do. */
const differentJobs = 30_000;

const work = (n) =>
  JSON.stringify({
    kind: 'http.request',
    input: { url: `https://example.test/customers/${n % 1_000}/orders/${n}`, method: 'GET' },
    options: { tags: [`customer-${n % 1_000}`], metadata: { trace: `t${n}` } },
  });

/**
 * Submits in short turns with and without the gathering of words, each pair beside each other in time. A worker sweeps beside them and runs
 * nothing, since it takes no work from the queue that they go to; the gathering is done as it does it.
 */
export async function compareSubmits(stores, { sql, seconds, turns }) {
  const fleet = createFleet(stores, { SEARCH: 'false', WORKER_QUEUES: 'cpu', DISPATCH_WINDOW: '1' });
  const [{ child, addresses }] = await Promise.all([fleet.start('api'), fleet.start('worker')]);
  const load = openLoad({ api: addresses.api, key: fleet.key });
  const requests = Array.from({ length: differentJobs }, (_, n) => load.post('/v1/jobs', work(n)));
  const gathering = openSql(stores.databaseUrl);
  const submit = (time) => measure({ child, load }, { requests, status: 202, seconds: time });
  await submit(4);
  const run = async (variant) => {
    await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
    const late = watchLate(sql);
    const stop = variant === 'search on' ? startIndexing(gathering) : async () => {};
    const report = await submit(seconds);
    if (variant === 'search on') while (late.anyDue()) await delay(50);
    await stop();
    return { ...report, lateMs: await late.stop() };
  };
  const reports = await takeTurns(variants, { rounds: turns, run });
  load.close();
  await gathering.end();
  await fleet.stop();
  report(reports);
}

/** As a worker does it. */
function startIndexing(sql) {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await delay(1_000);
      while ((await indexWords(sql, 250)) === 250);
    }
  })();
  return async () => {
    stopped = true;
    await running;
  };
}

/** Looks for the oldest job that cannot be found by its words yet: `stop` tells the greatest age that was seen. */
function watchLate(sql) {
  let stopped = false;
  let due = true;
  let worst = 0;
  const running = (async () => {
    while (!stopped) {
      const [oldest] = await sql`SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 AS seconds FROM jobs
        WHERE id = (SELECT job_id FROM job_inputs WHERE search_due ORDER BY job_id LIMIT 1)`;
      due = oldest !== undefined;
      worst = Math.max(worst, 1_000 * (oldest?.seconds ?? 0));
      await delay(250);
    }
  })();
  return {
    anyDue: () => due,
    async stop() {
      stopped = true;
      await running;
      return worst;
    },
  };
}

function report({ 'search off': off, 'search on': on }) {
  const rate = ({ perSecond }) => perSecond;
  const rates = (reports) => reports.map((one) => Math.round(rate(one))).join(', ');
  const ratio = ratioOf(on, off, rate);
  const lateMs = Math.max(...on.map((one) => one.lateMs));
  const times = (reports, which) => quantile(reports.map(which), 0.5).toFixed(1);
  const answered = (reports) => `${times(reports, ({ p50 }) => p50)}, ${times(reports, ({ p99 }) => p99)} ms`;
  printTable(
    'Submits over HTTP, 64 connections',
    ['what', 'value'],
    [
      ['jobs/s, search off', rates(off)],
      ['jobs/s, search on', rates(on)],
      ['answered after p50, p99: off', answered(off)],
      ['answered after p50, p99: on', answered(on)],
      [`on against off, median of ${on.length} pairs (95 % sure)`, showRatio(ratio)],
      ['oldest job that its words did not find yet', `${(lateMs / 1_000).toFixed(1)} s`],
    ],
  );
  if (ratio.median < ratioMin || lateMs > lateMsMax) process.exitCode = 1;
}

import { setTimeout as delay } from 'node:timers/promises';
import { indexWords } from '@turno/postgres';
import { openSql } from './open-bench-stores.mjs';
import { measure, openLoad } from './load/open-load.mjs';
import { quantile, ratioOf } from './measure/statistics.mjs';
import { printTable } from './print-table.mjs';
import { createFleet, withConstants } from './start-fleet.mjs';
import { showRatio, interleave } from './measure/interleave.mjs';

const ratioMin = 0.95;
const lateMsMax = 5_000;
const variants = ['search off', 'search on'];
/** More jobs than one round sends, so that the words of a round differ as those of real jobs. */
const differentJobs = 30_000;

const work = (n) =>
  JSON.stringify({
    kind: 'http.request',
    input: { url: `https://example.test/customers/${n % 1_000}/orders/${n}`, method: 'GET' },
    options: { tags: [`customer-${n % 1_000}`], metadata: { trace: `t${n}` } },
  });

/**
 * Compares submits with and without the indexing for search, in short interleaved rounds.
 * A worker runs only maintenance: it serves another queue than the jobs. This process indexes as a worker does.
 */
export async function compareSubmits(stores, { sql, seconds, rounds }) {
  const fleet = createFleet(stores, {
    ...withConstants({ search: { enabled: false } }),
    WORKER_QUEUES: 'cpu',
    DISPATCH_WINDOW: '1',
  });
  const [{ child, addresses }] = await Promise.all([fleet.start('api'), fleet.start('worker')]);
  const load = openLoad({ api: addresses.api, key: fleet.key });
  const requests = Array.from({ length: differentJobs }, (_, n) => load.post('/v1/jobs', work(n)));
  const indexing = openSql(stores.databaseUrl);
  const submit = (time) => measure({ child, load }, { requests, status: 202, seconds: time });
  await submit(4);
  const run = async (variant) => {
    await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
    const delays = watchDelays(sql);
    const stop = variant === 'search on' ? startIndexing(indexing) : async () => {};
    const report = await submit(seconds);
    if (variant === 'search on') while (delays.anyDue()) await delay(50);
    await stop();
    return { ...report, lateMs: await delays.stop() };
  };
  const reports = await interleave(variants, { rounds, run });
  load.close();
  await indexing.end();
  await fleet.stop();
  report(reports);
}

/** Indexes in rounds, as a worker does. */
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

/** Watches the oldest job that is not indexed yet. `stop` resolves with the greatest age that was seen. */
function watchDelays(sql) {
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
  const rates = (reports) => reports.map((report) => Math.round(rate(report))).join(', ');
  const ratio = ratioOf(on, off, rate);
  const worstLateMs = Math.max(...on.map(({ lateMs }) => lateMs));
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
      [`on against off, median of ${on.length} pairs (95 % confidence)`, showRatio(ratio)],
      ['age of the oldest job that was not indexed', `${(worstLateMs / 1_000).toFixed(1)} s`],
    ],
  );
  if (ratio.median < ratioMin || worstLateMs > lateMsMax) process.exitCode = 1;
}

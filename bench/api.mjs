import path from 'node:path';
import { finishOne } from './finish-one.mjs';
import { benchJob } from './bench-job.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { measure, openLoad } from './load/open-load.mjs';
import { quantile, ratioOf } from './measure/statistics.mjs';
import { printTable, readWords } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';
import { showRatio, interleave } from './measure/interleave.mjs';

const work = JSON.stringify({ kind: 'test.noop', input: { value: 1 } });

/** The size of a finished job with a small input. */
const bodyBytes = 820;

/**
 * Measures one API process: submits, and polls of a finished job in its memory.
 * `against=../other-checkout` interleaves the compiled API of another checkout. Other words are `rounds=9`,
 * `seconds=3`, `connections=64`, and settings of the API.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { against, rounds = '7', seconds = '3', connections = '64', ...settings } = given;
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl);
  const fleet = createFleet(stores, { HTTP_MAX_REQUESTS_PER_SOCKET: '100000000', ...settings });
  const bare = {
    BARE: JSON.stringify({
      job: { ...benchJob(0), tenantId: 'ten_bare', kind: 'test.noop' },
      body: 'x'.repeat(bodyBytes),
    }),
  };
  const servers = {
    bare: open(fleet, await fleet.startOther('bare-server.mjs', bare)),
    ...(against && { there: open(fleet, await fleet.start('api', {}, path.resolve(against))) }),
    here: open(fleet, await fleet.start('api')),
  };
  const [tenant] = await sql`SELECT id FROM tenants`;
  const poll = `/v1/jobs/${await finishOne(sql, tenant.id)}`;
  const loads = {
    polls: (load) => ({ requests: [load.get(poll)] }),
    submits: (load) => ({ requests: [load.post('/v1/jobs', work)], status: 202 }),
  };
  const rows = [];
  for (const [name, order] of Object.entries(loads)) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    const variants = Object.keys(servers);
    const measureOnce = async (variant, times) => {
      if (name === 'submits') await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
      return measure(servers[variant], {
        ...order(servers[variant].load),
        connections: Number(connections),
        seconds: times,
      });
    };
    for (const variant of variants) await measureOnce(variant, 2); // warm-up, until the code is compiled
    const reports = await interleave(variants, {
      rounds: Number(rounds),
      run: (variant) => measureOnce(variant, Number(seconds)),
    });
    for (const variant of variants) rows.push(rowOf(`${name}, ${variant}`, reports[variant], reports));
  }
  printTable(`One API process, ${connections} connections`, heads, rows);
  for (const { load } of Object.values(servers)) load.close();
  await fleet.stop();
  await sql.end();
  await stores.stop();
}

function open(fleet, { child, addresses }) {
  return { child, load: openLoad({ api: addresses.api, key: fleet.key }) };
}

const heads = [
  'what',
  'a second',
  'lowest, highest',
  'p50, p99 ms',
  'API µs each',
  'client busy',
  'against bare',
  'against there',
];

function rowOf(name, reports, { bare, there }) {
  const of = (measured) => reports.map(measured);
  const median = (measured) => quantile(of(measured), 0.5);
  const rates = of(({ perSecond }) => Math.round(perSecond));
  return [
    name,
    Math.round(median(({ perSecond }) => perSecond)),
    `${Math.min(...rates)}, ${Math.max(...rates)}`,
    `${median(({ p50 }) => p50).toFixed(1)}, ${median(({ p99 }) => p99).toFixed(1)}`,
    median(({ usEach }) => usEach).toFixed(0),
    `${Math.round(100 * median(({ processor }) => processor))} %`,
    ...[bare, there].map((base) => (base ? showRatio(ratioOf(reports, base, ({ perSecond }) => perSecond)) : '')),
  ];
}

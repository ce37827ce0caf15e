import { indexWords } from '@turno/postgres';
import { compareSubmits } from './compare-submits.mjs';
import { openClients } from './http-clients.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';
import { printTable, readWords } from './print-table.mjs';
import { seedListed } from './seed-listed.mjs';
import { createFleet } from './start-fleet.mjs';

const limitMs = 100;
const queries = {
  'no filter': '',
  'no filter, limit 100': 'limit=100',
  'state=completed': 'state=completed',
  'state=failed (2 %)': 'state=failed&limit=100',
  'state=cancelled (3 old)': 'state=cancelled',
  'state=running (none)': 'state=running',
  'state=queued (5,000)': 'state=queued',
  'state=scheduled (100 old)': 'state=scheduled',
  'kind, every fourth': 'kind=image.thumbnail',
  'kind, rare': 'kind=report.usage',
  'kind, none': 'kind=no.such',
  'tag, 1 %': 'tag=nightly',
  'tag, rare': 'tag=once',
  'tag, none': 'tag=never',
  'created within an hour': 'createdAfter=FROM&createdBefore=TO',
  'q, common word': 'q=common',
  'q, 1 in 1,000': 'q=customer17',
  'q, 100,000 old, none new': 'q=bygone',
  'q, rare word': 'q=needle',
  'q, no hit': 'q=nowhere',
  'q, common and rare': 'q=common%20needle',
  'q and state': 'q=common&state=failed',
  'tag, rare, and state': 'tag=once&state=completed',
};

/**
 * Measures lists and submits with search.
 * Words: `list`, `submit`, `jobs=100000`, `rounds=40` (lists), `submitRounds=9`.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { jobs = '1000000', rounds = '60', seconds = '3', submitRounds = '13' } = given;
  const stores = await openBenchStores({ minutesMax: 12 });
  const sql = openSql(stores.databaseUrl);
  const fleet = createFleet(stores, {});
  const { addresses } = await fleet.start('api');
  const chosen = (name) => parts.length === 0 || parts.includes(name);
  if (chosen('list')) {
    await prepare(sql, Number(jobs));
    await list(sql, { api: addresses.api, key: fleet.key, rounds: Number(rounds) });
  }
  await fleet.stop();
  if (chosen('submit')) await compareSubmits(stores, { sql, seconds: Number(seconds), rounds: Number(submitRounds) });
  await sql.end();
  await stores.stop();
}

async function prepare(sql, jobs) {
  let began = performance.now();
  await seedListed(sql, jobs);
  console.log(`${jobs} jobs made in ${Math.round((performance.now() - began) / 1_000)} s`);
  began = performance.now();
  let indexed = 0;
  for (let count = 1; count > 0; indexed += count) count = await indexWords(sql, 5_000);
  const seconds = (performance.now() - began) / 1_000;
  console.log(
    `words of ${indexed} indexed in ${Math.round(seconds)} s: ${Math.round((1e6 * seconds) / indexed)} µs a job`,
  );
  await sql`VACUUM ANALYZE`;
  const [size] =
    await sql`SELECT pg_size_pretty(pg_relation_size('job_inputs_words')) AS words, pg_size_pretty(pg_table_size('job_inputs')) AS inputs`;
  console.log(`job_inputs ${size.inputs}, its index of words ${size.words}`);
}

async function list(sql, { api, key, rounds }) {
  const http = openClients({ api, key, clients: 2 });
  const [{ from, to }] = await sql`SELECT to_char(now() - interval '3 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS from,
    to_char(now() - interval '2 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS to`;
  const rows = [];
  for (const [name, query] of Object.entries(queries)) {
    const path = `/v1/jobs?${query.replace('FROM', from).replace('TO', to)}`;
    const times = [];
    let answer;
    await http.repeat(
      async () => {
        answer = await http.send('GET', path);
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
        times.push(answer.ms);
      },
      { count: rounds },
    );
    const { jobs, nextCursor } = JSON.parse(answer.body);
    const p95 = quantile(times, 0.95);
    if (p95 > limitMs) process.exitCode = 1;
    rows.push([
      name,
      quantile(times, 0.5).toFixed(1),
      p95.toFixed(1),
      p95 > limitMs ? 'NO' : 'yes',
      jobs.length,
      nextCursor ? 'yes' : 'no',
    ]);
  }
  http.close();
  printTable('Lists over HTTP, two at a time', ['query', 'p50 ms', 'p95 ms', `< ${limitMs} ms`, 'jobs', 'more'], rows);
}

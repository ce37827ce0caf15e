import { randomUUID } from 'node:crypto';
import {
  backlogLostTickets,
  claimJobs,
  countInFlight,
  countWaiting,
  expireJobs,
  findBacklogs,
  findLostClaims,
  finishJobs,
  insertJobs,
  listDispatched,
  promoteDueJobs,
  purgeJobs,
  rankWaiting,
  readJobs,
  requeueJobs,
  takeExpiredLeases,
  takeFromBacklog,
} from '@turno/postgres';
import { openExplainer, summarizePlan } from './explain-calls.mjs';
import { benchJob } from './bench-job.mjs';
import { openBenchStores } from './open-bench-stores.mjs';
import { printTable } from './print-table.mjs';
import { spreadBacklog, growBacklog, idOf, seeded, seedJobs } from './seed-jobs.mjs';

const limitMs = 5;

/** Measures each statement of maintenance and of the main path, with a million finished jobs. */
export async function run(words) {
  const stores = await openBenchStores();
  const explainer = await openExplainer(stores.databaseUrl);
  const began = Date.now();
  await seedJobs(explainer.sql);
  console.log(
    `${seeded.finished} finished, ${seeded.backlog} waiting, ${seeded.inFlight} in flight: ${Date.now() - began} ms`,
  );
  const rows = [];
  let breaches = 0;
  for (const [name, { call, before, rare = false }] of Object.entries(await statements(explainer.sql))) {
    await before?.();
    const { p50, max, plan } = await explainer.measure(call);
    const { uses, pages } = summarizePlan(plan);
    const isSlow = p50 > limitMs;
    if (isSlow && !rare) breaches += 1;
    const verdict = rare ? `every ${Math.max(1, (20 * p50) / 1_000).toFixed(1)} s` : isSlow ? 'NO' : 'yes';
    rows.push([name, p50.toFixed(2), max.toFixed(2), verdict, pages, uses]);
    if (words.includes(name)) console.log(JSON.stringify(plan, null, 1));
  }
  printTable('Statements', ['statement', 'p50 ms', 'worst ms', `< ${limitMs} ms`, 'pages', 'by'], rows);
  await explainer.close();
  await stores.stop();
  process.exitCode = breaches > 0 ? 1 : 0;
}

async function statements(sql) {
  const { claims, running, finished } = await chooseRows(sql);
  const lost = { olderThanMs: 2_000, rowsMax: 100 };
  const list = { after: undefined, olderThanMs: 10_000, rowsMax: 1_000 };
  const lanes = Array.from({ length: 20 }, (_, n) => ({
    tenantId: `ten_${n}`,
    queue: 'io',
    priority: 0,
    blocked: false,
  }));
  const received = new Map(Array.from({ length: 200 }, (_, n) => [`ten_${n}`, 20]));
  const take = { queue: 'io', rowsMax: 50, pausedKinds: new Set(), after: 'ten_5', received };
  return {
    'promote, none due': { call: (tx) => promoteDueJobs(tx, 100) },
    'promote 100': { call: inTwoSteps(delayJobs, (tx) => promoteDueJobs(tx, 100)) },
    'redispatch, none lost': { call: (tx) => backlogLostTickets(tx, { epoch: 1, ...lost }) },
    'redispatch 100': { call: (tx) => backlogLostTickets(tx, { epoch: 2, ...lost }) },
    'list 1000 dispatched': { call: (tx) => listDispatched(tx, list) },
    'take 50, 1 tenant': { call: (tx) => takeFromBacklog(tx, take) },
    'take 50, 100 tenants': { before: () => spreadBacklog(sql, 100), call: (tx) => takeFromBacklog(tx, take) },
    'take 50, 5000 tenants': { before: () => spreadBacklog(sql, 5_000), call: (tx) => takeFromBacklog(tx, take) },
    'count in flight': { call: (tx) => countInFlight(tx, 'io', 200) },
    'find backlogs': { call: (tx) => findBacklogs(tx) },
    'expired leases': { call: (tx) => takeExpiredLeases(tx, 'alive', 30_000) },
    'requeue, no worker lost': { call: (tx) => requeueJobs(tx, 100) },
    'requeue 50': {
      call: inTwoSteps(
        (tx) => tx`DELETE FROM workers`,
        (tx) => requeueJobs(tx, 50),
      ),
    },
    'expire, none due': { call: (tx) => expireJobs(tx, 50) },
    'expire 50': { call: inTwoSteps(passDeadlines, (tx) => expireJobs(tx, 50)) },
    'purge 500': { call: (tx) => purgeJobs(tx, 7, 500) },
    'claim 50': { call: (tx) => claimJobs(tx, claims) },
    'finish 50': { call: (tx) => finishJobs(tx, running.slice(0, 50).map(toEnd)) },
    'insert 100': {
      call: (tx) =>
        insertJobs(
          tx,
          Array.from({ length: 100 }, (_, n) => benchJob(n)),
        ),
    },
    'lost claims of 300': { call: (tx) => findLostClaims(tx, running) },
    'read 50': { call: (tx) => readJobs(tx, finished) },
    'rank 20 lanes': { call: (tx) => rankWaiting(tx, lanes) },
    'count 100,000 waiting': { rare: true, call: (tx) => countWaiting(tx) },
    'count 1,000,000 waiting': { rare: true, before: () => growBacklog(sql, 900_000), call: (tx) => countWaiting(tx) },
  };
}

/** Runs a first step that is not measured, then the measured step. */
function inTwoSteps(first, second) {
  return async (tx) => {
    await tx`SET LOCAL auto_explain.log_min_duration = -1`;
    await first(tx);
    await tx`SET LOCAL auto_explain.log_min_duration = 0`;
    await second(tx);
  };
}

function delayJobs(tx) {
  return tx`UPDATE jobs SET state = 'scheduled', due_at = now() - interval '1 second', backlog = false WHERE id IN
    (SELECT id FROM jobs WHERE backlog LIMIT 300)`;
}

function passDeadlines(tx) {
  return tx`UPDATE jobs SET deadline_at = now() WHERE id IN
    (SELECT id FROM jobs WHERE deadline_at > now() AND finished_at IS NULL LIMIT 300)`;
}

async function chooseRows(sql) {
  const inFlight = (state, count) => sql`SELECT id AS "jobId", ticket, claim, worker FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = ${state} ORDER BY md5(id) LIMIT ${count}`;
  const claims = (await inFlight('queued', 50)).map((row) => ({ ...row, claim: randomUUID(), worker: 'alive' }));
  const running = await inFlight('running', 300);
  const ids = Array.from({ length: 50 }, (_, n) => idOf(10_000 + n * 19_000));
  const finished = await sql`SELECT id AS "jobId", tenant_id AS "tenantId" FROM jobs WHERE id = ANY (${ids}::text[])`;
  return { claims: claims.toSorted(byId), running: running.toSorted(byId), finished };
}

const byId = (a, b) => (a.jobId < b.jobId ? -1 : 1);
const toEnd = (claim) => ({ ...claim, to: 'completed', output: '{"status":200}', error: null, delayMs: 0 });

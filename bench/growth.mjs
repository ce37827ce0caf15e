import { randomUUID } from 'node:crypto';
import {
  claimJobs,
  countWaiting,
  findBacklogs,
  finishJobs,
  insertSubmissions,
  listJobs,
  markDispatched,
  purgeJobs,
  readJobs,
  readQueueStates,
  takeFromBacklog,
} from '@turno/postgres';
import { benchJob } from './bench-job.mjs';
import { openExplainer, summarizePlan } from './explain-calls.mjs';
import { openBenchStores } from './open-bench-stores.mjs';
import { printTable, readWords } from './print-table.mjs';
import { seedGrowth } from './seed-growth.mjs';

const inFlight = { dispatched: 500, running: 500 };

/**
 * Measures the statements of the way of a job beside many waiting jobs and a long history, on tables that were never
 * analyzed. `waiting=1000000` and `finished=1000000` set the largest sizes.
 */
export async function run(words) {
  const { waiting = '1000000', finished = '1000000' } = readWords(words).settings;
  const stores = await openBenchStores({ minutesMax: 30 });
  await compareStatements(stores, { waiting: Number(waiting), finished: Number(finished) });
  await stores.stop();
}

async function compareStatements({ databaseUrl }, { waiting, finished }) {
  const cases = [
    { finished: 2_000, waiting: 10_000 },
    { finished: 2_000, waiting: Math.max(10_000, waiting / 10) },
    { finished: 2_000, waiting },
    { finished, waiting: 10_000 },
  ];
  const times = new Map();
  for (const sizes of cases) {
    const began = Date.now();
    const explainer = await openExplainer(databaseUrl);
    await seedGrowth(explainer.sql, { ...sizes, ...inFlight });
    console.log(`${sizes.waiting} waiting, ${sizes.finished} finished: seeded in ${Date.now() - began} ms`);
    for (const [name, call] of Object.entries(statements(idsOf(sizes)))) {
      const { p50, plan } = await explainer.measure(call);
      const { uses, pages } = summarizePlan(plan);
      times.set(name, [...(times.get(name) ?? []), { p50, pages, uses }]);
    }
    await explainer.close();
  }
  const heads = cases.map((sizes) => `${sizes.waiting} / ${sizes.finished}`);
  const ratio = (a, b) => (a.p50 / b.p50).toFixed(2);
  printTable(
    'Server time of one statement in ms (pages), by jobs that wait / are finished',
    ['statement', ...heads, 'most waiting ÷ fewest', 'most finished ÷ fewest'],
    [...times].map(([name, all]) => [
      name,
      ...all.map(({ p50, pages }) => `${p50.toFixed(2)} (${pages})`),
      ratio(all[2], all[0]),
      ratio(all[3], all[0]),
    ]),
  );
  const sequential = [...times].flatMap(([name, all]) => (all.some(({ uses }) => /SEQ job/.test(uses)) ? [name] : []));
  if (sequential.length > 0) console.log(`read all of a table: ${sequential.join(', ')}`);
}

/** The seeded jobs of each place, some of each. */
function idsOf({ finished, waiting }) {
  const id = (n) => `job_${n.toString(16).padStart(26, '0')}`;
  const from = (first) => Array.from({ length: 50 }, (_, n) => id(first + n * 10));
  const tenantOf = (jobId) => `ten_${Number.parseInt(jobId.slice(4), 16) % 100}`;
  const firstInFlight = finished + waiting + 1;
  return {
    tickets: from(firstInFlight),
    running: from(firstInFlight + inFlight.dispatched),
    read: Array.from({ length: 50 }, (_, n) => id(1 + Math.floor((n * finished) / 50))).map((jobId) => ({
      jobId,
      tenantId: tenantOf(jobId),
    })),
  };
}

function statements({ tickets, running, read }) {
  const claimOf = (jobId) => ({ jobId, ticket: 1, claim: randomUUID(), worker: 'w' });
  const handOvers = tickets.map((jobId) => ({ jobId, ticket: 1 }));
  const end = { ticket: 1, claim: 'claim', worker: 'w', to: 'completed', output: '{}', error: null, delayMs: 0 };
  const filter = {
    tenantId: 'ten_5',
    state: null,
    kind: null,
    tag: null,
    createdAfter: null,
    createdBefore: null,
    q: null,
  };
  const page = { after: undefined, limit: 50, search: true };
  const submission = () => ({
    tenantId: 'ten_5',
    jobs: [{ ...benchJob(5), backlog: true }],
    key: { text: randomUUID(), requestSha256: '00' },
  });
  return {
    'submit 50': (tx) => insertSubmissions(tx, Array.from({ length: 50 }, submission)),
    'find backlogs': (tx) => findBacklogs(tx),
    'take 50 (refill)': (tx) => takeFromBacklog(tx, { queue: 'io', rowsMax: 50, pausedKinds: new Set() }),
    'mark 50 dispatched (refill)': (tx) => markDispatched(tx, handOvers, 2),
    'claim 50': (tx) => claimJobs(tx, tickets.map(claimOf)),
    'finish 50': (tx) =>
      finishJobs(
        tx,
        running.map((jobId) => ({ ...end, jobId })),
      ),
    'poll 50': (tx) => readJobs(tx, read),
    'list 50': (tx) => listJobs(tx, filter, page),
    'purge 500': (tx) => purgeJobs(tx, 7, 500),
    'count waiting': (tx) => countWaiting(tx),
    'states of queues': (tx) => readQueueStates(tx, () => 'io'),
  };
}

import { createTenant } from '@turno/tenants';
import { drainTurno, insertBacklog } from './drain.mjs';
import { submitToTurno } from './submit-jobs.mjs';

const few = 10_000;
const many = 1_000_000;
const name = (waiting) => `Turno, ${waiting === 0 ? 'none' : waiting.toLocaleString('en-US')} waiting`;
const rate = ({ perSecond }) => perSecond;
const compare = (what, measure, { unit = '/s', against, ...target }) => ({
  what,
  contestant: name(many),
  measure,
  unit,
  against: name(against),
  ...target,
});
/** Both are `slow`: a million jobs are inserted for each round. */
const contestantsOf = (sizes, run) =>
  Object.fromEntries(
    sizes.map((waiting) => [
      name(waiting),
      { durable: true, slow: true, run: (round, options) => run(round, { ...options, waiting }) },
    ]),
  );

/** What must not become slower when a million jobs wait. `npm run bench -- growth` measures it by statement. */
export const growthScenarios = [
  {
    name: 'growth-drain',
    title: 'Process no-op jobs while a million wait, on tables that were never analysed',
    options: { concurrency: 100, secondsMax: 12 },
    contestants: contestantsOf([few, many], (round, { waiting, ...options }) =>
      drainTurno(round, { ...options, jobs: waiting }),
    ),
    figure: { unit: 'jobs/s', measure: rate },
    lines: [compare('jobs per second', rate, { against: few, minimum: 0.9 })],
  },
  {
    name: 'growth-submit',
    title: 'Submit jobs while a million wait, 64 connections, one process',
    options: { seconds: 6, warmSeconds: 3, connections: 64 },
    contestants: contestantsOf([0, many], submitWhileWaiting),
    figure: { unit: 'submits/s', measure: rate },
    lines: [
      compare('submits per second', rate, { against: 0, minimum: 0.9 }),
      compare('p99 of a submit', ({ p99 }) => p99, { unit: 'ms', against: 0, maximum: 1.5 }),
    ],
  },
];

/** BACKLOG_MAX is shipped as a million, so the API has to accept more for the submits of this scenario. */
async function submitWhileWaiting(round, { waiting, ...options }) {
  const { sql } = round;
  const tenant = await createTenant({ sql }, { name: 'waiting', plan: 'unlimited' });
  await insertBacklog(sql, { jobs: waiting, tenantId: tenant.id });
  return submitToTurno({ BACKLOG_MAX: '5000000' })(round, options);
}

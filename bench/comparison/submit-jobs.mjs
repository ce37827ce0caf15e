import { createTenant } from '@turno/tenants';
import { startNaive, startServer, startTurno, submitBody, sumSeconds } from './start-systems.mjs';

const rate = ({ perSecond }) => perSecond;
const target = (contestant, against, minimum) => ({
  what: `${contestant}: submits per second`,
  contestant,
  measure: rate,
  unit: '/s',
  against,
  minimum,
});
const options = { seconds: 6, warmSeconds: 3 };
const quick = { seconds: 2, warmSeconds: 1 };
const withoutWorker = { worker: false };

/** Submits in a closed loop without a worker. The first scenario has a plan whose limits are on, as a tenant has. */
export const submitScenarios = [
  {
    name: 'submit-64',
    title: 'Submit jobs, 64 connections, one process',
    options: { ...options, connections: 64 },
    quick,
    contestants: {
      'Turno, limits on': { durable: true, run: submitWithLimits },
      'Turno, no limits': { durable: true, slow: true, run: submitToTurno({}) },
      naive: { durable: true, run: submitTo((round) => startNaive(round, withoutWorker)) },
      'queue.add only': { durable: false, run: submitTo(startExpress('queue-add')) },
      'pg-boss': { durable: true, slow: true, run: submitTo(startExpress('pg-boss')) },
      'graphile-worker': { durable: true, slow: true, run: submitTo(startExpress('graphile-worker')) },
    },
    figure: { unit: 'submits/s', measure: rate },
    lines: [target('Turno, limits on', 'naive', 2.5)],
  },
  {
    name: 'submit-256',
    title: 'Submit jobs, 256 connections, beside node:http with group commit and addBulk',
    options: { ...options, connections: 256 },
    quick,
    contestants: {
      'Turno, one process': { durable: true, run: submitToTurno({}) },
      'Turno, two processes': { durable: true, run: submitToTurno({ API_PROCESSES: '2' }) },
      'node:http, group commit': { durable: true, run: submitTo((round) => startServer(round, 'bare-api.mjs')) },
    },
    figure: { unit: 'submits/s', measure: rate },
    lines: [
      target('Turno, one process', 'node:http, group commit', 0.75),
      target('Turno, two processes', 'node:http, group commit', 1),
    ],
  },
];

/** Submits to one API of Turno with these settings besides the shipped ones. */
export function submitToTurno(settings) {
  return submitTo((round) => startTurno(round, { ...withoutWorker, settings }));
}

function startExpress(mode) {
  return (round) => startServer(round, 'express-api.mjs', { MODE: mode });
}

function submitTo(start, readKey = async () => undefined) {
  return async (round, { seconds, warmSeconds, connections }) => {
    const { load, processes } = await start(round);
    const key = await readKey(round);
    const order = { requests: [load.post('/v1/jobs', submitBody, key && { as: key })], status: 202, connections };
    await load.run({ ...order, seconds: warmSeconds });
    const readMeter = round.startMeter(processes);
    const report = await load.run({ ...order, seconds });
    const used = readMeter();
    return { ...report, processorUs: (1e6 * sumSeconds(used)) / report.done, apiUs: (1e6 * used.api) / report.done };
  };
}

/** Every limit of the plan `pro` is on; those that would refuse requests of this load are higher. */
function submitWithLimits(round, given) {
  const readKey = async ({ sql }) => {
    await sql`INSERT INTO plans (name, bucket_capacity, refill_per_second, requests_per_month_max, jobs_waiting_max,
        payload_bytes_max, concurrent_runs_max, storage_bytes_max)
      SELECT 'bench', 1000000, 1000000, 1000000000, 10000000, payload_bytes_max, concurrent_runs_max, storage_bytes_max
      FROM plans WHERE name = 'pro'`;
    const { firstKey } = await createTenant({ sql }, { name: 'bench', plan: 'bench' });
    return firstKey.key;
  };
  return submitTo((given) => startTurno(given, withoutWorker), readKey)(round, given);
}

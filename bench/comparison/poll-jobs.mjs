import { insertJobs } from '@turno/postgres';
import { newJob } from '../../test/support/new-job.mjs';
import { finishOne } from '../finish-one.mjs';
import { startServer, startTurno } from './start-systems.mjs';

const rate = ({ perSecond }) => perSecond;
const bare = 'node:http, constant';
const express = 'Express, constant';
/** About the size of a finished job with a small input. */
const constant = { BODY: JSON.stringify({ body: 'x'.repeat(800) }) };
const target = (contestant, against, minimum) => ({
  what: `${contestant}: polls per second`,
  contestant,
  measure: rate,
  unit: '/s',
  against,
  minimum,
});
const constantServer = (file) => async (round, options) => {
  const system = await startServer(round, file, constant);
  return poll(system, '/constant', options);
};

/** Polls of one job by all connections, beside servers that answer a constant of the same size. */
export const pollScenario = {
  name: 'poll-64',
  title: 'Poll a job, 64 connections, one process',
  options: { seconds: 6, warmSeconds: 3, connections: 64 },
  quick: { seconds: 2, warmSeconds: 1 },
  contestants: {
    'Turno, finished job': { durable: true, run: pollTurno(finishOne) },
    'Turno, unfinished job': { durable: true, run: pollTurno(insertOne) },
    [bare]: { durable: false, run: constantServer('bare-api.mjs') },
    [express]: { durable: false, run: constantServer('express-api.mjs') },
  },
  figure: { unit: 'polls/s', measure: rate },
  lines: [
    target('Turno, finished job', bare, 0.65),
    target('Turno, finished job', express, 3.5),
    target('Turno, unfinished job', express, 1.8),
  ],
};

function pollTurno(makeJob) {
  return async (round, options) => {
    const system = await startTurno(round, { worker: false });
    const [tenant] = await round.sql`SELECT id FROM tenants`;
    return poll(system, `/v1/jobs/${await makeJob(round.sql, tenant.id)}`, options);
  };
}

async function poll({ load }, target, { seconds, warmSeconds, connections }) {
  const order = { requests: [load.get(target)], connections };
  await load.run({ ...order, seconds: warmSeconds });
  return load.run({ ...order, seconds });
}

/** Inserts a job that stays queued: no worker runs. */
async function insertOne(sql, tenantId) {
  const job = newJob({ tenantId, kind: 'test.noop', input: '{"value":1}' });
  await insertJobs(sql, [job]);
  return job.id;
}

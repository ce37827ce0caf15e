import { drainPeer, drainTurno } from './drain.mjs';

const noop = 'BullMQ no-op';
const rate = ({ perSecond }) => perSecond;

/** The targets of a concurrency: of the ratio to BullMQ's no-op and of the ratio to the naive worker. */
const targets = { 300: { [noop]: 1, naive: 4 }, 50: { [noop]: 0.8, naive: 3 }, 1: { naive: 1.2 } };

/** Jobs per second of one worker process that does nothing but process no-op jobs, from a queue that is full. */
export const processJobs = Object.entries(targets)
  .map(([concurrency, against]) => toScenario(Number(concurrency), against))
  .toReversed();

function toScenario(concurrency, against) {
  const peer = (file) => (round, options) => drainPeer(round, { file, ...options, concurrency });
  return {
    name: `process-${concurrency}`,
    title: `Process no-op jobs to a durable, readable result, concurrency ${concurrency}`,
    options: { jobs: 40_000, secondsMax: 15 },
    quick: { jobs: 6_000, secondsMax: 3 },
    contestants: {
      Turno: { durable: true, run: (round, options) => drainTurno(round, { ...options, concurrency }) },
      [noop]: { durable: false, run: peer('bullmq-noop.mjs') },
      naive: { durable: true, run: peer('naive-worker.mjs') },
      'pg-boss': { durable: true, slow: true, run: peer('pg-boss-worker.mjs') },
      'graphile-worker': { durable: true, slow: true, run: peer('graphile-worker.mjs') },
    },
    figure: { unit: 'jobs/s', measure: rate },
    lines: [
      ...Object.entries(against).map(([name, minimum]) => ({
        what: 'jobs per second',
        contestant: 'Turno',
        measure: rate,
        unit: '/s',
        against: name,
        minimum,
      })),
      ...(concurrency === 300
        ? [
            {
              what: 'processor time of the worker per job, deep backlog',
              contestant: 'Turno',
              measure: ({ processorUs }) => processorUs.worker,
              unit: 'µs',
              maximum: 60,
            },
          ]
        : []),
    ],
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { startNaive, startTurno, submitBody, sumSeconds } from './start-systems.mjs';

const waits = { headers: ['Prefer: wait=10'] };
const systems = { Turno: startTurno, naive: startNaive };
/** The naive system is `slow` where no target names it. */
const contestantsOf = (run, { slow = false } = {}) =>
  Object.fromEntries(
    Object.entries(systems).map(([name, start]) => [
      name,
      {
        durable: true,
        slow: slow && name === 'naive',
        run: async (round, options) => run(round, await start(round), options),
      },
    ]),
  );
const note = 'naive: Express, insert, queue.add, a worker process, update, QueueEvents.';
const withMaximum = (what, measure, { unit, limit }) => ({
  what,
  contestant: 'Turno',
  measure,
  unit,
  against: 'naive',
  maximum: limit,
});

/** Submits that wait for the end of their job, at fixed rates. */
export const waitScenarios = [50, 200].map((perSecond) => ({
  name: `wait-${perSecond}`,
  title: `Submit and wait for the result (Prefer: wait), ${perSecond} per second`,
  note,
  options: { seconds: 15, warmSeconds: 4 },
  quick: { seconds: 3, warmSeconds: 1.5 },
  contestants: contestantsOf((round, system, options) => waitAt(round, system, { ...options, perSecond })),
  figure: { unit: 'ms (p50)', measure: ({ p50 }) => p50, lessIsBetter: true },
  lines: [
    withMaximum('p50 from the time at which the request was due', ({ p50 }) => p50, { unit: 'ms', limit: 1 }),
    withMaximum('p99 from the time at which the request was due', ({ p99 }) => p99, { unit: 'ms', limit: 1 }),
    ...(perSecond === 200
      ? [
          withMaximum('processor time of a job, all processes', ({ processorMs }) => processorMs, {
            unit: 'ms',
            limit: 0.9,
          }),
        ]
      : []),
  ],
}));

/** The highest rate of such requests with a median of 50 ms at most. */
export const highestRate = {
  name: 'wait-highest-rate',
  title: 'Highest fixed rate of submits that wait, with p50 ≤ 50 ms',
  note,
  options: { seconds: 5, warmSeconds: 4, limitMs: 50, factor: 1.5, refinements: 3 },
  quick: { seconds: 1.2, warmSeconds: 1.5, limitMs: 50, factor: 2, refinements: 1 },
  contestants: contestantsOf(findHighestRate),
  figure: { unit: 'requests/s', measure: ({ perSecond }) => perSecond },
  lines: [
    {
      what: 'requests per second',
      contestant: 'Turno',
      measure: ({ perSecond }) => perSecond,
      unit: '/s',
      against: 'naive',
      minimum: 2,
    },
  ],
};

/** The processor time of a worker whose jobs come one by one and whose clients do not wait. */
export const aloneScenario = {
  name: 'worker-alone',
  title: 'Processor time of the worker per no-op job that travels alone, 500 submits per second',
  options: { seconds: 10, warmSeconds: 4 },
  quick: { seconds: 3, warmSeconds: 1.5 },
  contestants: contestantsOf(runAlone, { slow: true }),
  figure: { unit: 'µs', measure: ({ workerUs }) => workerUs, lessIsBetter: true },
  lines: [
    {
      what: 'processor time of the worker per job, alone',
      contestant: 'Turno',
      measure: ({ workerUs }) => workerUs,
      unit: 'µs',
      maximum: 150,
    },
  ],
};

/** A system that has nothing to do. */
export const idleScenario = {
  name: 'idle',
  title: 'Processor time of an idle system, all processes',
  options: { seconds: 30, settleSeconds: 8 },
  quick: { seconds: 4, settleSeconds: 3 },
  contestants: contestantsOf(runIdle, { slow: true }),
  figure: { unit: 'ms per second', measure: ({ processorMs }) => processorMs, lessIsBetter: true },
  lines: [
    {
      what: 'processor time per second',
      contestant: 'Turno',
      measure: ({ processorMs }) => processorMs,
      unit: 'ms',
      maximum: 25,
    },
  ],
};

async function runIdle(round, { processes }, { seconds, settleSeconds }) {
  await delay(1_000 * settleSeconds);
  const readMeter = round.startMeter(processes);
  await delay(1_000 * seconds);
  return perUnit(readMeter(), seconds);
}

function orderOf({ load }) {
  return { requests: [load.post('/v1/jobs', submitBody, waits)], contains: '"completed"' };
}

async function waitAt(round, { load, processes }, { perSecond, seconds, warmSeconds }) {
  const order = orderOf({ load });
  await load.runAt(perSecond, { ...order, seconds: warmSeconds });
  const readMeter = round.startMeter(processes);
  const report = await load.runAt(perSecond, { ...order, seconds });
  return { ...report, ...perUnit(readMeter(), report.done) };
}

/** Converts processor seconds to milliseconds per job or per second: by process, and their sum. */
function perUnit(used, count) {
  const each = (seconds) => (1_000 * seconds) / count;
  return {
    processorMs: each(sumSeconds(used)),
    processorMsBy: Object.fromEntries(Object.entries(used).map(([name, seconds]) => [name, each(seconds)])),
  };
}

/** Raises the rate by a factor until it is too high, then halves the gap a few times. */
async function findHighestRate(_round, system, { seconds, warmSeconds, limitMs, factor, refinements }) {
  const order = orderOf(system);
  const steps = [];
  const isReached = async (perSecond) => {
    const report = await system.load.runAt(perSecond, { ...order, seconds });
    steps.push({ perSecond, p50: report.p50, p99: report.p99, failed: report.failed, processor: report.processor });
    if (report.p50 <= limitMs) return true;
    await delay(2_000); // what was sent too fast still runs
    return false;
  };
  await system.load.runAt(50, { ...order, seconds: warmSeconds });
  let reached = 0;
  let rate = 100;
  for (; rate <= 10_000 && (await isReached(rate)); rate = Math.round(factor * rate)) reached = rate;
  let missed = rate;
  for (let count = 0; count < refinements; count += 1) {
    const middle = Math.round((reached + missed) / 2);
    if (await isReached(middle)) reached = middle;
    else missed = middle;
  }
  return { perSecond: reached, steps, processor: Math.max(...steps.map(({ processor }) => processor)) };
}

async function runAlone(round, { load, processes }, { seconds, warmSeconds }) {
  const order = { requests: [load.post('/v1/jobs', submitBody)], status: 202 };
  await load.runAt(500, { ...order, seconds: warmSeconds });
  await delay(1_000);
  const readMeter = round.startMeter(processes);
  const report = await load.runAt(500, { ...order, seconds });
  await delay(1_000); // the last jobs end
  const used = readMeter();
  return {
    ...report,
    workerUs: (1e6 * used.worker) / report.done,
    processorUs: (1e6 * sumSeconds(used)) / report.done,
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { installPeers } from './install-peers.mjs';
import { openRounds } from './open-round.mjs';
import { interleave } from '../measure/interleave.mjs';
import { judgeLine } from '../measure/judge.mjs';
import { spreadOf } from '../measure/statistics.mjs';
import { openBenchStores } from '../open-bench-stores.mjs';
import { isStopping } from '../stop.mjs';
import { readWords } from '../print-table.mjs';
import { describeMachine } from '../report/machine.mjs';
import { printReport } from '../report/print-report.mjs';
import { writeResults } from '../report/write-results.mjs';

/** A quick run reports after this time whatever it has, so that it ends within three minutes. */
const quickMs = 160_000;

/**
 * Compares Turno with its peers in the given scenarios.
 * All contestants share one Postgres and one Redis, in interleaved rounds. Words: `rounds=3`, `--quick`, and options of
 * the scenarios such as `jobs=10000`.
 */
export async function runComparison(scenarios, words) {
  const quick = words.includes('--quick');
  const { settings } = readWords(words);
  const { rounds = quick ? '1' : '3', ...given } = settings;
  await installPeers();
  const began = performance.now();
  const stores = await openBenchStores({ minutesMax: quick ? 3 : 60 });
  const run = {
    rounds: await openRounds(stores),
    count: Number(rounds),
    quick,
    options: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value)])),
  };
  const machine = await describeMachine(stores);
  const results = [];
  for (const scenario of scenarios) {
    const startedAt = performance.now();
    const leftMs = quick ? Math.max(0, quickMs - (startedAt - began)) : undefined;
    results.push(await runBeforeDeadline(scenario, run, leftMs));
    console.log(`${scenario.name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
  const seconds = (performance.now() - began) / 1_000;
  const report = { machine, quick, rounds: run.count, seconds, scenarios: results };
  printReport(report);
  for (const file of writeResults(report)) console.log(`Written: ${file}`);
}

/**
 * Runs a scenario, and leaves it out when it fails or when the time is over.
 * What it has started then ends with the run.
 */
async function runBeforeDeadline(scenario, run, leftMs) {
  const running = runScenario(scenario, run).catch((error) => {
    if (isStopping()) return new Promise(() => {}); // the process is about to end
    process.exitCode = 1;
    return describe(scenario, `failed: ${error.message}`);
  });
  if (leftMs === undefined) return running;
  const late = new AbortController();
  const timeout = delay(leftMs, describe(scenario, 'left out: the time of --quick was over'), { signal: late.signal });
  void running.then(() => late.abort());
  return Promise.race([running, timeout.catch(() => running)]);
}

async function runScenario(scenario, { rounds, count, quick, options: given }) {
  const options = { ...scenario.options, ...(quick && scenario.quick), ...given };
  const chosen = Object.entries(scenario.contestants).filter(([, { slow }]) => !(quick && slow));
  if (chosen.length === 0) return describe(scenario, 'left out: a full run measures it');
  const contestants = Object.fromEntries(chosen);
  const reports = await interleave(Object.keys(contestants), {
    rounds: count,
    run: (name) => rounds.run((round) => contestants[name].run(round, options)),
  });
  const { measure, unit, lessIsBetter = false } = scenario.figure;
  return {
    ...describe(scenario),
    unit,
    lessIsBetter,
    options,
    contestants: chosen.map(([name, { durable }]) => ({
      name,
      own: name.startsWith('Turno'),
      durable,
      figure: spreadOf(reports[name], measure),
      /** The client's share of a processor; undefined without a client. */
      client: clientOf(reports[name]),
      reports: reports[name],
    })),
    lines: scenario.lines.flatMap((line) => judgeLine(line, reports) ?? []),
  };
}

function clientOf(reports) {
  const measured = reports.filter(({ processor }) => processor !== undefined);
  return measured.length === 0 ? undefined : spreadOf(measured, ({ processor }) => processor);
}

function describe({ name, title, note }, leftOut) {
  return { name, title, note, leftOut, contestants: [], lines: [] };
}

import { installPeers } from './install-peers.mjs';
import { openRounds } from './open-round.mjs';
import { interleave } from '../measure/interleave.mjs';
import { judgeLine } from '../measure/judge.mjs';
import { spreadOf } from '../measure/statistics.mjs';
import { openBenchStores } from '../open-bench-stores.mjs';
import { readWords } from '../print-table.mjs';
import { describeMachine } from '../report/machine.mjs';
import { printReport } from '../report/print-report.mjs';
import { writeResults } from '../report/write-results.mjs';

const quickMs = 165_000;

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
    until: quick ? began + quickMs : Infinity,
  };
  const machine = await describeMachine(stores);
  const results = [];
  for (const scenario of scenarios) {
    const startedAt = performance.now();
    if (startedAt > run.until) results.push(describe(scenario, 'left out: the three minutes of --quick are over'));
    else results.push(await runScenario(scenario, run));
    console.log(`${scenario.name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
  await run.rounds.close();
  await stores.stop();
  const report = {
    machine,
    quick,
    rounds: run.count,
    seconds: (performance.now() - began) / 1_000,
    scenarios: results,
  };
  printReport(report);
  for (const file of writeResults(report)) console.log(`Written: ${file}`);
}

async function runScenario(scenario, { rounds, count, quick, options: given, until }) {
  const options = { ...scenario.options, ...(quick && scenario.quick), ...given, quick };
  const chosen = Object.entries(scenario.contestants).filter(([, { slow }]) => !(quick && slow));
  const contestants = Object.fromEntries(chosen);
  const reports = await interleave(Object.keys(contestants), {
    rounds: count,
    run: (name) => rounds.run((round) => contestants[name].run(round, { ...options, until })),
  });
  const { measure, unit, lessIsBetter = false } = scenario.figure;
  return {
    ...describe(scenario),
    unit,
    lessIsBetter,
    options,
    contestants: chosen.map(([name, { durable, note }]) => ({
      name,
      durable,
      note,
      figure: spreadOf(reports[name], measure),
      reports: reports[name],
    })),
    lines: scenario.lines.flatMap((line) => judgeLine(line, reports) ?? []),
  };
}

function describe({ name, title }, leftOut) {
  return { name, title, leftOut, contestants: [], lines: [] };
}

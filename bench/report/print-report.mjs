import { printTable } from '../print-table.mjs';
import { formatClient, formatDurable, formatMet, formatRatio, formatSpread, formatTarget } from './format.mjs';

/** Prints the lines with their targets, then every contestant of every scenario. */
export function printReport({ machine, rounds, scenarios }) {
  const { processor, memoryGb, node, postgres, redis, commit, loadBefore } = machine;
  console.log(
    [
      '',
      `${processor}, ${memoryGb} GB, load ${loadBefore.toFixed(1)} before; Node ${node}, Postgres ${postgres}, Redis ${redis}`,
      `commit ${commit}, ${rounds} interleaved rounds: medians, the lowest and the highest in parentheses`,
    ].join('\n'),
  );
  printTable(
    'Targets',
    ['scenario', 'what', 'Turno', 'against', 'ratio', 'target', 'met'],
    scenarios.flatMap((scenario) => scenario.lines.map((line) => lineRow(scenario, line))),
  );
  printTable(
    'Contestants',
    ['scenario', 'contestant', 'median (lowest to highest)', 'client busy', 'durable'],
    scenarios.flatMap((scenario) => scenario.contestants.map((contestant) => contestantRow(scenario, contestant))),
  );
  for (const { name, leftOut } of scenarios) if (leftOut) console.log(`${name}: ${leftOut}`);
}

function lineRow({ name }, line) {
  const against = line.against === undefined ? '' : `${line.against}: ${formatSpread(line.base, line.unit)}`;
  const value = formatSpread(line.value, line.unit);
  return [name, line.what, value, against, formatRatio(line), formatTarget(line), formatMet(line)];
}

function contestantRow({ name, unit }, { name: contestant, figure, client, durable }) {
  return [name, contestant, formatSpread(figure, unit), formatClient(client), formatDurable(durable)];
}

import { prepare } from '../scripts/prepare.mjs';

// npm run bench                          every scenario beside its peers
// npm run bench -- --quick               the same with one short round each, in three minutes
// npm run bench -- process-300 rounds=5  one scenario
// npm run bench -- sql                   a benchmark of a single part
const parts = [
  'api',
  'churn',
  'finishes',
  'growth',
  'idle-calls',
  'limits',
  'recovery',
  'search',
  'sql',
  'wait-calls',
  'waiters',
];
const [name = '', ...others] = process.argv.slice(2);

await prepare();
const [{ scenarios }, { runToEnd }] = await Promise.all([import('./comparison/scenarios.mjs'), import('./stop.mjs')]);
await runToEnd(await choose());

async function choose() {
  if (parts.includes(name)) {
    const { run } = await import(`./${name}.mjs`);
    return () => run(others);
  }
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.includes('=') && !word.startsWith('--'));
  const unknown = names.find((word) => scenarios.every((scenario) => scenario.name !== word));
  if (unknown !== undefined) {
    console.error(`No benchmark ${unknown}: ${[...scenarios.map((scenario) => scenario.name), ...parts].join(', ')}`);
    process.exit(1);
  }
  const chosen = names.length === 0 ? scenarios : scenarios.filter((scenario) => names.includes(scenario.name));
  const { runComparison } = await import('./comparison/run-comparison.mjs');
  return () => runComparison(chosen, words);
}

import { prepare } from '../scripts/prepare.mjs';

// npm run bench -- sql
const benches = ['api', 'churn', 'finishes', 'limits', 'search', 'sql', 'throughput', 'waiters'];
const [name = '', ...words] = process.argv.slice(2);
if (!benches.includes(name)) {
  console.error(`npm run bench -- ${benches.join(' | ')}`);
  process.exit(1);
}
await prepare();
const { run } = await import(`./${name}.mjs`);
await run(words);

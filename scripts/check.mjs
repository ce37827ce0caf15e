import { prepare } from './prepare.mjs';
import { runTool } from './run-command.mjs';

const checks = [
  ['types', 'typescript/bin/tsc', ['-b']],
  ['types of the tests', 'typescript/bin/tsc', ['-p', 'test', '--noEmit']],
  ['lint', 'oxlint/bin/oxlint', ['--type-aware']],
  ['format', 'prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']],
  ['dead code', 'knip/bin/knip.js', []],
  ['migrations', '../scripts/check-migrations.mjs', []],
];

await prepare({ build: false });
const failed = [];
for (const [name, file, args] of checks) {
  const code = await runTool(file, args);
  console.log(`${name}: ${code === 0 ? 'passed' : 'FAILED'}`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

import { readFileSync } from 'node:fs';
import { prepare } from './prepare.mjs';
import { root, runTool } from './run-command.mjs';
import { startMeter } from './used-time.mjs';

// npm test                                   all tests but those of test/long
// npm test -- test/jobs/retries.test.ts      one file
// npm run test:long                          the scenes of test/long
const [first, ...others] = process.argv.slice(2);
const args = first === '--long' ? others : process.argv.slice(2);
const long = first === '--long' || args.some((arg) => arg.startsWith('test/long'));

await prepare();
if (long) listScenes();
const endMeter = startMeter();
process.exitCode = await runTool('vitest/vitest.mjs', [
  'run',
  ...(long ? ['--config', 'vitest.long.config.ts'] : []),
  ...args,
]);
console.log(endMeter());

function listScenes() {
  console.log('Scenes that take long by nature, each with the reason:');
  for (const { file, scene, reason } of JSON.parse(readFileSync(`${root}/test/long/scenes.json`, 'utf8'))) {
    console.log(`  ${file}: ${scene}\n    ${reason}`);
  }
}

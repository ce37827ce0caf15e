import { withLock } from './lock.mjs';
import { fail, prepare } from './prepare.mjs';
import { root, runTool } from './run-command.mjs';

// npm run chaos -- --seed 1 --minutes 10
await prepare();
const onWait = (pid) => console.log(`Waiting for process ${pid}, which compiles in this folder.`);
// Loaded inside the lock: another run that compiles overwrites these files.
const { main } = await withLock(`${root}/.turno/chaos.lock`, onWait, async () => {
  if ((await runTool('typescript/bin/tsc', ['-p', 'test/chaos'])) !== 0) fail('The chaos run could not be compiled.');
  return import(`${root}/dist/chaos/main.js`);
});
await main(process.argv.slice(2));

import { fail, prepare } from './prepare.mjs';
import { root, runTool } from './run-command.mjs';

// npm run chaos -- --seed 1 --minutes 10
await prepare();
if ((await runTool('typescript/bin/tsc', ['-p', 'test/chaos'])) !== 0) fail('The chaos run could not be compiled.');
const { main } = await import(`${root}/dist/chaos/main.js`);
await main(process.argv.slice(2));

import { prepare } from './prepare.mjs';
import { runTool } from './run-command.mjs';

// npm test -- test/some.test.ts runs that file alone.
await prepare();
process.exitCode = await runTool('vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);

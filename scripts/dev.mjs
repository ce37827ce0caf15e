import { findNpm } from './find-npm.mjs';
import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

const npm = findNpm();
await prepare();
if (findNpm() !== npm) process.exit(1);
const { startDev } = await import('@turno/local');
await startDev(root, process.env);

import { findNpm } from './find-npm.mjs';
import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

const npm = findNpm();
await prepare();
// A user who killed npm during a long install does not want this process to go on.
if (findNpm() !== npm) process.exit(1);
const { startHere } = await import('@turno/local');
await startHere(root, process.env);

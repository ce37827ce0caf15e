import { npmAbove } from './npm-above.mjs';
import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

const npm = npmAbove();
await prepare();
// Whoever killed npm during a long install wants nothing of this any more.
if (npmAbove() !== npm) process.exit(1);
const { startHere } = await import('@turno/local');
await startHere(root, process.env);

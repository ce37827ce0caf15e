import { npmAbove } from './npm-above.mjs';
import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

const npm = npmAbove();
await prepare();
if (npmAbove() !== npm) process.exit(1);
const { startDev } = await import('@turno/local');
await startDev(root, process.env);

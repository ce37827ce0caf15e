import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

await prepare();
const { startHere } = await import('@turno/local');
await startHere(root, process.env);

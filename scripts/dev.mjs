import { findNpm } from './find-npm.mjs';
import { prepare } from './prepare.mjs';
import { root } from './run-command.mjs';

const npm = findNpm();
await prepare();
if (findNpm() !== npm) process.exit(1);
const [{ startDev }, { filesOfKinds }] = await Promise.all([import('@turno/local'), import('@turno/kinds')]);
await startDev({ root, environment: process.env, filesOfKinds });

import { startWithout } from './replace-part.mjs';

await startWithout('worker', 'libs/jobs/dist/heal-dispatch.js', 'heal-nothing.mjs');

import { startWithout } from './replace-part.mjs';

await startWithout('worker', 'libs/jobs/dist/maintenance/redispatch-lost-tickets.js', 'redispatch-nothing.mjs');

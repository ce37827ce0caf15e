import { startWithout } from './replace-part.mjs';

await startWithout('api', 'libs/postgres/dist/submissions/insert-jobs.js', 'insert-later.mjs');

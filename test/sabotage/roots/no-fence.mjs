import { startWithout } from './replace-part.mjs';

await startWithout('worker', 'libs/postgres/dist/jobs/finish-jobs.js', 'finish-without-fence.mjs');

import { startWithout } from './replace-part.mjs';

await startWithout('worker', 'libs/webhooks/dist/judge-answer.js', 'judge-kindly.mjs');

import { startWithout } from './replace-part.mjs';

await startWithout('worker', 'libs/webhooks/dist/try-result.js', 'accept-every-response.mjs');

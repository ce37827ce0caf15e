import { startWorker } from './start-worker.mjs';

/** Believes that what was dispatched has arrived. */
await startWorker({ redispatches: false });

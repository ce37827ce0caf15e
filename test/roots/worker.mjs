import { createLog, runProcess, scrubEnvironment, settingsOrExit } from '@turno/runtime';
import { readConfig } from '../../apps/worker/dist/config.js';
import { workerConstants } from '../../apps/worker/dist/constants.js';
import { startWorker, workerShutdownMs } from '../../apps/worker/dist/start-worker.js';
import { joinConstants } from './join-constants.mjs';

/* A worker as apps/worker/src/main.ts composes it, with the constants of a test. */
const settings = settingsOrExit(() => readConfig(process.env));
const constants = joinConstants(workerConstants, process.env.TEST_CONSTANTS);
const log = createLog('worker', settings.LOG_LEVEL);
scrubEnvironment(process.env);

await runProcess(log, workerShutdownMs(settings), (life) => startWorker(settings, life, constants));

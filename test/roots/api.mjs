import { createLog, runProcess, scrubEnvironment, settingsOrExit } from '@turno/runtime';
import { readConfig } from '../../apps/api/dist/config.js';
import { apiConstants } from '../../apps/api/dist/constants.js';
import { apiShutdownMs, startApi } from '../../apps/api/dist/start-api.js';
import { joinConstants } from './join-constants.mjs';

/* The API as apps/api/src/main.ts composes it, with the constants of a test. */
const settings = settingsOrExit(() => readConfig(process.env));
const constants = joinConstants(apiConstants, process.env.TEST_CONSTANTS);
const log = createLog('api', settings.LOG_LEVEL);
scrubEnvironment(process.env);

await runProcess(log, apiShutdownMs(settings), (life) => startApi(settings, life, constants));

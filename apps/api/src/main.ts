import { createLog, scrubEnvironment, runProcess, settingsOrExit, warnOfMisspelledSettings } from '@turno/runtime';
import { readConfig } from './config.ts';
import { apiShutdownMs, startApi } from './start-api.ts';

const settings = settingsOrExit(() => readConfig(process.env));
const log = createLog('api', settings.LOG_LEVEL);
warnOfMisspelledSettings(log, process.env);
scrubEnvironment(process.env); // a worker's handlers may run as the same user

await runProcess(log, apiShutdownMs(settings), (life) => startApi(settings, life));

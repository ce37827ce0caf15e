import { createLog, scrubEnvironment, runProcess, settingsOrExit, warnOfIneffectiveSettings } from '@turno/runtime';
import { readConfig } from './config.ts';
import { apiShutdownMs, startApi } from './start-api.ts';

const settings = settingsOrExit(() => readConfig(process.env));
const log = createLog('api', settings.LOG_LEVEL);
warnOfIneffectiveSettings(log, process.env);
scrubEnvironment(process.env); // a worker's handlers may run as the same user

await runProcess(log, apiShutdownMs(settings), (life) => startApi(settings, life));

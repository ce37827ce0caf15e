import { createLog, scrubEnvironment, runProcess, settingsOrExit } from '@turno/runtime';
import { readConfig } from './config.ts';
import { apiShutdownMs, startApi } from './start-api.ts';

const settings = settingsOrExit(() => readConfig(process.env));
scrubEnvironment(process.env); // a worker's handlers may run as the same user

await runProcess(createLog('api', settings.LOG_LEVEL), apiShutdownMs(settings), (life) => startApi(settings, life));

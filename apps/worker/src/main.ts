import { createLog, scrubEnvironment, runProcess, settingsOrExit, warnOfIneffectiveSettings } from '@turno/runtime';
import { readConfig } from './config.ts';
import { startWorker, workerShutdownMs } from './start-worker.ts';

const settings = settingsOrExit(() => readConfig(process.env));
const log = createLog('worker', settings.LOG_LEVEL);
warnOfIneffectiveSettings(log, process.env);
if (!scrubEnvironment(process.env))
  log.warn('handlers can read the secrets in this process’s environment: give them as files (NAME_FILE)');

await runProcess(log, workerShutdownMs(settings), (life) => startWorker(settings, life));

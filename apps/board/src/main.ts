import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { openQueues } from '@turno/queue';
import {
  createLog,
  scrubEnvironment,
  listen,
  type ProcessLife,
  runProcess,
  settingsOrExit,
  warnOfIneffectiveSettings,
} from '@turno/runtime';
import { createBoard } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { waitForRedis } from './require-redis.ts';

const config = settingsOrExit(() => readConfig(process.env));
const processLog = createLog('board', config.LOG_LEVEL);
warnOfIneffectiveSettings(processLog, process.env);
scrubEnvironment(process.env); // handlers of a worker may run as the same user
await runProcess(processLog, 5_000, (life) => startBoard(config, life));

async function startBoard(settings: Config, { closers, log }: ProcessLife): Promise<Record<string, string>> {
  const opened = openQueues({ redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX });
  closers.add('queues', () => opened.close());
  // A ready board should have queues to show, but must also start during an outage of Redis.
  if (!(await waitForRedis(opened.queues, 3_000))) {
    log.warn('Redis does not answer within 3 s; the board starts without it');
    void waitForRedis(opened.queues, Infinity, 500).then(() => log.info({ outage: 'over' }, 'Redis answers'));
  }
  const app = createBoard({
    queues: opened.queues,
    login: { user: settings.BOARD_USER, password: settings.BOARD_PASSWORD },
    readOnly: settings.BOARD_READ_ONLY,
    trustProxy: settings.TRUST_PROXY,
    log,
  });
  const server = createServer({ requestTimeout: 30_000 }, app);
  closers.add('server', () => stopListening(server));
  return { board: await listen(server, { port: settings.BOARD_PORT, host: settings.HOST }) };
}

async function stopListening(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
}

import { createServer, type Server } from 'node:http';
import { createUrlSigner, folderOf, identifyFolder, LocalFolder } from '@turno/files';
import {
  createLog,
  scrubEnvironment,
  listen,
  type ProcessLife,
  runProcess,
  settingsOrExit,
  warnOfIneffectiveSettings,
} from '@turno/runtime';
import { type Config, readConfig } from './config.ts';
import { filesConstants } from './constants.ts';
import { serveObjects } from './serve-objects.ts';

const config = settingsOrExit(() => readConfig(process.env));
const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1_000;
const processLog = createLog('files', config.LOG_LEVEL);
warnOfIneffectiveSettings(processLog, process.env);
scrubEnvironment(process.env); // handlers of a worker may run as the same user
await runProcess(processLog, graceMs + 5_000, (life) => startFiles(config, life));

async function startFiles(settings: Config, { closers, log }: ProcessLife): Promise<Record<string, string>> {
  const dir = folderOf(settings);
  await identifyFolder(dir);
  const folder = new LocalFolder(dir);
  const secrets = [settings.SECRET_KEY, ...settings.SECRET_KEY_PREVIOUS] as const;
  const listener = serveObjects({
    folder,
    signer: createUrlSigner(secrets),
    log,
    origins: new Set(settings.CORS_ORIGINS),
  });
  // No limit for a whole request: a large file may take long as long as bytes arrive.
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 5_000 }, listener);
  server.on('checkContinue', listener);
  server.timeout = filesConstants.transfer.stallMs;
  server.maxConnections = filesConstants.transfer.connectionsMax;
  const files = await listen(server, { port: settings.FILES_PORT, host: settings.HOST });
  closers.add('server', () => closeServer(server, graceMs));
  return { files };
}

/** Stops listening, waits for transfers in progress, and closes their connections after `timeoutMs`. */
async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/run-command.mjs';

const key = `tno_live_${'0'.repeat(26)}_${'b'.repeat(43)}`;

/** One API and, when asked, workers, compiled and with their default settings but for those given. */
export function createFleet(stores, settings) {
  const children = [];
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_PORT: '0',
    WORKER_OPS_PORT: '0',
    TURNO_DEV_KEY: key,
    FILES_DIR: path.join(stores.dir, 'files'),
    SECRET_KEY: 'a secret of at least thirty-two characters',
    WORKER_QUEUES: 'io',
    LOG_LEVEL: 'warn',
    KINDS_DIR: path.join(root, 'test/fixtures/kinds'),
    ...settings,
  };
  return {
    key,
    /** Resolves with its addresses, when it is ready. `from` may be another checkout, compiled, to compare with. */
    async start(name, more = {}, from = root) {
      return launch(path.join(from, 'apps', name, 'dist/main.js'), more);
    },
    /** A program of the benchmarks' own, which says that it is ready as the others do. */
    startOther: (file, more) => launch(path.join(root, 'bench', file), more),
    async stop() {
      await Promise.all(children.map((child) => endChild(child)));
    },
  };

  async function launch(file, more) {
    const child = fork(file, [], {
      env: { ...environment, ...more },
      execArgv: settings.EXEC_ARGV?.split(' ') ?? [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    child.once('exit', (code) => code && process.exit(code)); // it has said why
    for (;;) {
      const [message] = await once(child, 'message');
      if (message.type === 'ready') return { child, addresses: message.addresses };
    }
  }
}

async function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Seconds of processor time that a process's threads have used, which other load on the machine does not change much. */
export function processorSeconds({ pid }) {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/run-command.mjs';

const key = `tno_live_${'0'.repeat(26)}_${'b'.repeat(43)}`;

/**
 * Creates a fleet of compiled processes. They have their default settings except for the given ones. With
 * TEST_CONSTANTS among them (`withConstants`) the composition roots of the tests start them.
 */
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
    /** Starts an app and resolves with its addresses when it is ready. `from` may be another compiled checkout. */
    async start(name, more = {}, from = root) {
      const composed = path.join(from, 'test/roots', `${name}.mjs`);
      const isComposed = 'TEST_CONSTANTS' in { ...environment, ...more } && existsSync(composed);
      return launch(isComposed ? composed : path.join(from, 'apps', name, 'dist/main.js'), more);
    },
    /** Starts a program of bench/, which sends the same ready message as an app. */
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
    child.once('exit', (code) => code && process.exit(code)); // the process has printed the reason
    for (;;) {
      const [message] = await once(child, 'message');
      if (message.type === 'ready') return { child, addresses: message.addresses };
    }
  }
}

/** Returns the setting that makes the apps run with other constants than the shipped ones. */
export function withConstants(constants) {
  return { TEST_CONSTANTS: JSON.stringify(constants) };
}

async function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/**
 * Returns the processor time of all threads of a process in seconds.
 * Other load on the machine has little effect on it.
 */
export function processorSeconds({ pid }) {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
}

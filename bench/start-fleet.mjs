import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/run-command.mjs';
import { closeAtStop, isStopping, stopBench } from './stop.mjs';

const key = `tno_live_${'0'.repeat(26)}_${'b'.repeat(43)}`;
const killAfterMs = 10_000;

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
  let unregister = async () => {};
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
    stop: () => unregister(),
  };

  async function launch(file, more) {
    const child = fork(file, [], {
      env: { ...environment, ...more },
      execArgv: settings.EXEC_ARGV?.split(' ') ?? [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    if (children.length === 0) unregister = closeAtStop(endAll);
    children.push(child);
    const name = path.relative(root, file);
    const addresses = await readAddresses(child, name);
    child.once('exit', (code) => {
      if (!code || isStopping()) return;
      console.error(`${name} ended with code ${code}.`); // it has printed the reason
      void stopBench(1);
    });
    return { child, addresses };
  }

  async function endAll() {
    await Promise.all(children.splice(0).map((child) => endChild(child)));
  }
}

/** Returns the setting that makes the apps run with other constants than the shipped ones. */
export function withConstants(constants) {
  return { TEST_CONSTANTS: JSON.stringify(constants) };
}

/** Resolves with the addresses of a process that is ready. Rejects when it ends before. */
function readAddresses(child, name) {
  return new Promise((resolve, reject) => {
    const onMessage = ({ type, addresses }) => {
      if (type !== 'ready') return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(addresses);
    };
    const onExit = (code) => reject(new Error(`${name} ended with code ${code} before it was ready`));
    child.on('message', onMessage).once('exit', onExit);
  });
}

async function endChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => void child.kill('SIGKILL'), killAfterMs);
  await gone;
  clearTimeout(timer);
}

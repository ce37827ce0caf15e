import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type LocalStore, startPostgres, startRedis } from '@turno/local';
import { afterAll, inject } from 'vitest';
import { eventually } from '../eventually.ts';
import { root } from '../root.ts';

/** A store of one test file's own, which may be killed and started again at the same address. */
export interface MortalStore {
  url: string;
  dir: string;
  /** Ends the server by this signal; resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  /** Hangs, with all its sockets open, until it is thawed. */
  freeze(): void;
  thaw(): void;
}

/** Empty again after every end, since it writes nothing to disk. */
export function ownRedis(): Promise<MortalStore> {
  const toolsDir = path.join(root, '.turno/tools');
  return mortal((dir, port) => startRedis({ dir, toolsDir, durable: false, ...port }));
}

/** Keeps everything it has committed, whatever ends it. */
export function ownPostgres(): Promise<MortalStore> {
  return mortal((dir, port) => startPostgres({ dir, durable: true, ...port }));
}

async function mortal(begin: (dir: string, port: { port?: number }) => Promise<LocalStore>): Promise<MortalStore> {
  // Below the folder of this run: another one that begins meanwhile takes all others for left over.
  const dir = mkdtempSync(path.join(inject('runStores').dir, 'own-'));
  let running = await begin(dir, {});
  const { port, url } = running;
  afterAll(async () => {
    signal('SIGCONT'); // a frozen one could not end
    await running.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const signal = (name: NodeJS.Signals) => {
    const pid = running.pid();
    if (pid !== undefined) process.kill(pid, name);
  };
  return {
    url,
    dir,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async end(name) {
      signal(name);
      await eventually(() => running.pid() === undefined);
      await running.stop();
    },
    // A killed Postgres leaves children for a moment, beside which no new one starts.
    start: () => eventually(async () => void (running = await begin(dir, { port }))),
  };
}

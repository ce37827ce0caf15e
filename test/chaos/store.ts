import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalStore, startPostgres, startRedis } from '@turno/local';
import { descendantsOf } from '../support/apps/process-tree.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { startReplica } from '../support/stores/redis-replica.ts';
import { root } from '../support/root.ts';

/** A store that dies when it is told to, and comes back with or without its data. */
export interface Store {
  url(): string;
  port(): number;
  signal(signal: NodeJS.Signals): void;
  /** Freezes all its processes. Returns a function that lets them go on. */
  freeze(): () => void;
  /** Ends the server by this signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, on whatever port is free. Does nothing when it runs. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisStore extends Store {
  /** Removes what was written to disk. Only while the server is gone. */
  forget(): void;
  command(...words: string[]): Promise<void>;
  /** Kills it, and a replica that has heard nothing for `lostMs` takes its place. */
  failOver(lostMs: number): Promise<void>;
}

export async function openPostgresStore(dir: string): Promise<Store> {
  const { adopt: _, ...store } = await openStore(() => startPostgres({ dir, durable: true }));
  return store;
}

export async function openRedisStore(dir: string): Promise<RedisStore> {
  const toolsDir = path.join(root, '.turno/tools');
  let folder = dir;
  let replicas = 0;
  const { adopt, ...store } = await openStore(() => startRedis({ dir: folder, durable: true, toolsDir }));
  return {
    ...store,
    forget: () => rmSync(path.join(folder, 'redis/appendonlydir'), { recursive: true, force: true }),
    command: async (...words) => void (await redisCommand(store.url(), ...words)),
    async failOver(lostMs) {
      const next = path.join(dir, `replica-${(replicas += 1)}`);
      const replica = await startReplica({ url: store.url(), port: store.port() }, next);
      replica.cutOff();
      await delay(lostMs);
      await store.end('SIGKILL');
      await replica.promote();
      folder = next;
      adopt(replica.store);
    },
  };
}

const startTries = 20;

async function openStore(begin: () => Promise<LocalStore>): Promise<Store & { adopt(other: LocalStore): void }> {
  let running = await begin();
  const signal = (name: NodeJS.Signals) => {
    const pid = running.pid();
    if (pid !== undefined) process.kill(pid, name);
  };
  return {
    url: () => running.url,
    port: () => running.port,
    signal,
    adopt: (other) => void (running = other),
    freeze() {
      signal('SIGSTOP'); // first, so that it can have no more children
      const children = descendantsOf(running.pid() ?? 0);
      signalAll(children, 'SIGSTOP');
      return () => {
        signalAll(children, 'SIGCONT');
        signal('SIGCONT');
      };
    },
    async end(name) {
      signal(name);
      while (running.pid() !== undefined) await delay(5);
      await running.stop();
    },
    async start() {
      if (running.pid() !== undefined) return;
      // A killed Postgres leaves children for a moment, beside which no new one starts.
      for (let left = startTries; ; left -= 1) {
        try {
          running = await begin();
          return;
        } catch (error) {
          if (left === 0) throw error;
          await delay(500);
        }
      }
    },
    async stop() {
      if (running.pid() !== undefined) signal('SIGCONT');
      await running.stop();
    },
  };
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended by itself in this moment
    }
  }
}

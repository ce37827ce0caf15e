import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalStore, startPostgres, startRedis } from '@turno/local';
import { root } from '../support/root.ts';
import { rawRedis } from './raw-redis.ts';

/** A store that dies when it is told to, and comes back with or without its data. */
export interface Store {
  url(): string;
  port(): number;
  signal(signal: NodeJS.Signals): void;
  /** Ends the server by this signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, on whatever port is free. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisStore extends Store {
  /** Removes what was written to disk. Only while the server is gone. */
  forget(): void;
  flush(): Promise<void>;
}

export async function openPostgresStore(dir: string): Promise<Store> {
  return openStore(() => startPostgres({ dir, durable: true }));
}

export async function openRedisStore(dir: string): Promise<RedisStore> {
  const toolsDir = path.join(root, '.turno/tools');
  const store = await openStore(() => startRedis({ dir, durable: true, toolsDir }));
  return {
    ...store,
    forget: () => rmSync(path.join(dir, 'redis/appendonlydir'), { recursive: true, force: true }),
    flush: () => rawRedis(store.url(), 'FLUSHALL'),
  };
}

const startTries = 20;

async function openStore(begin: () => Promise<LocalStore>): Promise<Store> {
  let running = await begin();
  const signal = (name: NodeJS.Signals) => {
    const pid = running.pid();
    if (pid !== undefined) process.kill(pid, name);
  };
  return {
    url: () => running.url,
    port: () => running.port,
    signal,
    async end(name) {
      signal(name);
      while (running.pid() !== undefined) await delay(5);
      await running.stop();
    },
    async start() {
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

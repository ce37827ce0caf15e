import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type LocalStore, startRedis } from '@turno/local';
import { eventually } from '../eventually.ts';
import { redisCommand } from './redis-command.ts';
import { root } from '../root.ts';
import { openTcpGate } from '../http/tcp-gate.ts';

export interface Replica {
  store: LocalStore;
  /** It hears nothing more of its master, and has all that was written before. */
  cutOff(): void;
  /** It takes writes from now on, with what it has. */
  promote(): Promise<void>;
}

/** A second Redis that has what `master` has, by a line that can be cut. It knows the same password. */
export async function startReplica(master: Pick<LocalStore, 'url' | 'port'>, dir: string): Promise<Replica> {
  const { password } = new URL(master.url);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(dir, 'redis-password'), `${password}\n`, { mode: 0o600 });
  const store = await startRedis({ dir, toolsDir: path.join(root, '.turno/tools'), durable: true });
  const gate = await openTcpGate(master.port);
  try {
    await redisCommand(master.url, 'CONFIG', 'SET', 'repl-diskless-sync-delay', '0');
    await redisCommand(store.url, 'CONFIG', 'SET', 'masterauth', password);
    await redisCommand(store.url, 'REPLICAOF', '127.0.0.1', String(gate.port));
    await eventually(async () => (await redisCommand(store.url, 'INFO', 'replication')).includes('link_status:up'));
  } catch (error) {
    gate.close();
    await store.stop();
    throw error;
  }
  return {
    store,
    cutOff: () => gate.close(),
    promote: async () => void (await redisCommand(store.url, 'REPLICAOF', 'NO', 'ONE')),
  };
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { migrateDatabase } from '@turno/postgres';
import { openSql } from './open-sql.ts';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { testKindsDir } from '../support/kinds.ts';
import { recordChanges } from '../support/stores/record-changes.ts';
import { openTcpGate, type TcpGate } from '../support/http/tcp-gate.ts';
import { type SupervisedApp, keepApp } from './app.ts';
import { type Disk, noDisk, openDisk } from './faults/disk.ts';
import { type Sabotage, mainOf } from './sabotage.ts';
import { openPostgresStore, openRedisStore, type RedisStore, type Store } from './store.ts';

export interface Fleet {
  postgres: Store;
  redis: RedisStore;
  /** Lines by who uses them, so that one side can lose a store while the other keeps it. */
  links: Record<LinkName, TcpGate>;
  disk: Disk;
  apis: SupervisedApp[];
  workers: SupervisedApp[];
  key: string;
  /** Without a renewal for so long a worker is taken for dead. */
  leaseMs: number;
  /** The base address of an API that is ready, in turns. */
  api(): string | undefined;
  stop(): Promise<void>;
}

export type LinkName = 'api-postgres' | 'api-redis' | 'worker-postgres' | 'worker-redis';

export interface FleetOptions {
  dir: string;
  /** As shipped, or with a lease and intervals that let many faults fit into a run. */
  settings: 'short' | 'default';
  stopped: AbortSignal;
  /** Whether the jobs shall stand on a disk that can be filled. */
  smallDisk: boolean;
  /** Which guarantee is taken out of one of the apps. */
  sabotage: Sabotage | undefined;
}

const key = `tno_live_${'0'.repeat(26)}_${'c'.repeat(43)}`;

const shortLeaseMs = 4_000;

const short = {
  ...withConstants({
    maintenance: {
      leaseMs: shortLeaseMs,
      renewLeaseEveryMs: 800,
      rescueEveryMs: 1_000,
      reconcileEveryMs: 2_000,
      reconcileAfterMs: 2_000,
    },
  }),
  SHUTDOWN_GRACE_SECONDS: '3',
  DISPATCH_WINDOW: '500',
};

/** In all runs: the shipped delays spread the tries of a delivery over three days. */
const webhooks = withConstants({
  deliveries: {
    retrySeconds: [0.2, 0.3, 0.5, 0.5, 1, 1, 1, 1, 1],
    timeoutMs: 4_000,
    lostAfterMs: 2_000,
    pauseMs: 100,
    dispatchEveryMs: 50,
    concurrency: 100,
    perEndpointMax: 200,
  },
});

/** Two APIs and three workers, each reaching the stores only over our own lines. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { dir, settings, stopped, sabotage } = options;
  mkdirSync(path.join(dir, 'logs'), { recursive: true, mode: 0o755 });
  const undo: (() => unknown)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last; last = undo.pop()) await last();
  };
  try {
    const opening = { redis: openRedisStore(dir), postgres: openPostgresStore(dir) };
    let disk = noDisk;
    // Also the one that came up when the other did not.
    undo.push(async () => {
      const opened = await Promise.allSettled(Object.values(opening));
      await Promise.all(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
      disk.unmount();
    });
    const [redis, postgres] = await Promise.all([opening.redis, opening.postgres]);
    if (options.smallDisk) disk = await openDisk(dir, postgres);
    await migrateDatabase(postgres.url());
    await note(postgres);
    stopped.throwIfAborted();
    const links = await openLinks(postgres, redis);
    undo.push(() => Object.values(links).forEach((link) => link.close()));
    const start = (app: 'api' | 'worker', name: string) =>
      keepApp({ name, app, dir: path.join(dir, 'logs'), environment: environmentOf(app), main: mainOf(app, sabotage) });
    const environmentOf = (app: 'api' | 'worker') => ({
      ...mergeSettings(settings === 'short' ? short : {}, webhooks),
      DATABASE_URL: withPort(postgres.url(), links[`${app}-postgres`].port),
      REDIS_URL: withPort(redis.url(), links[`${app}-redis`].port),
      HOST: '127.0.0.1',
      PORT: '0',
      OPS_PORT: '0',
      WORKER_OPS_PORT: '0',
      TURNO_DEV_KEY: key,
      DATA_DIR: dir,
      FILES_DIR: path.join(dir, 'files'),
      SECRET_KEY: 'a secret of at least thirty-two characters',
      KINDS_DIR: testKindsDir,
      OUTBOUND_ALLOW_HOSTS: '127.0.0.1',
      CPU_CONCURRENCY: '1',
      LOG_LEVEL: app === 'api' ? 'warn' : 'debug',
    });
    const apis = ['api-1', 'api-2'].map((name) => start('api', name));
    const workers = ['worker-1', 'worker-2', 'worker-3'].map((name) => start('worker', name));
    undo.push(() => Promise.all([...apis, ...workers].map((app) => app.stop(stopped.aborted ? 'SIGKILL' : 'SIGTERM'))));
    await Promise.all([...apis, ...workers].map((app) => app.ready(stopped)));
    stopped.throwIfAborted();
    let turn = 0;
    const api = () => {
      const up = apis.map((one) => one.address()).filter((address) => address !== undefined);
      return up[(turn += 1) % up.length];
    };
    const leaseMs = settings === 'short' ? shortLeaseMs : 30_000;
    return { postgres, redis, links, disk, apis, workers, key, leaseMs, api, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function note(store: Store): Promise<void> {
  const sql = openSql(store);
  await recordChanges(sql);
  await sql.end();
}

async function openLinks(postgres: Store, redis: Store): Promise<Fleet['links']> {
  const [a, b, c, d] = await Promise.all([postgres, redis, postgres, redis].map((store) => openTcpGate(store.port)));
  return { 'api-postgres': a, 'api-redis': b, 'worker-postgres': c, 'worker-redis': d } as Fleet['links'];
}

function withPort(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}

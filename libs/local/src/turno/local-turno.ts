import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { ForeignMigrationsError, migrateDatabase } from '@turno/postgres';
import { readFirstKey } from '@turno/tenants';
import { AppProcess } from './app-process.ts';
import { passOn, type Config, type Environment } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { endLeftovers } from './end-previous-run.ts';
import type { LocalStore } from '../stores/start-on-port.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { startRedis } from '../redis/start-redis.ts';
import { removeRunFile, writeRunFile, type RunFile } from './run-file.ts';
import { reasonOf, StartFault } from '../start-fault.ts';

export interface LocalTurnoOptions {
  root: string;
  /** Absolute, and ours alone while this runs. */
  dataDir: string;
  config: Config;
  environment: Environment;
  print(line: string): void;
}

export interface Started extends Omit<RunFile, 'pids'> {
  workerOps: string;
  boardPassword: string;
}

export const appNames = ['api', 'worker', 'board', 'files'] as const;
export type AppName = (typeof appNames)[number];

/** What an app may need beyond its grace to close what it opened. */
const closingMs = 10_000;

/** Everything `npm start` runs: the stores that were not given, then the processes of the service. */
export class LocalTurno {
  private readonly options: LocalTurnoOptions;
  private readonly apps = new Map<AppName, AppProcess>();
  private postgres: LocalStore | undefined;
  private redis: LocalStore | undefined;
  /** What stays true over restarts of the processes. Unset while not everything is ready. */
  private known: Pick<RunFile, 'databaseUrl' | 'redisUrl' | 'key'> | undefined;
  /** Settings of the processes that were made or found here. */
  private made: Record<string, string> = {};

  constructor(options: LocalTurnoOptions) {
    this.options = options;
  }

  /** Resolves when everything is ready; throws a StartFault, or the signal's reason, and then must be stopped as well. */
  async start(signal: AbortSignal): Promise<Started> {
    const { root, dataDir, config } = this.options;
    await endLeftovers(root, dataDir);
    const key = await readFirstKey(config.TURNO_DEV_KEY, dataDir).catch(toFault);
    const stores = await this.startStores();
    signal.throwIfAborted();
    await migrateDatabase(stores.databaseUrl).catch((error: unknown) => {
      if (error instanceof ForeignMigrationsError) throw toForeignFault(error, config.DATABASE_URL, dataDir);
      const advice = config.DATABASE_URL
        ? 'mend DATABASE_URL, or leave it unset for a local one'
        : `see ${dataDir}/logs`;
      throw new StartFault(`The database cannot be brought up to date (${reasonOf(error)}): ${advice}.`, {
        cause: error,
      });
    });
    signal.throwIfAborted();
    const boardPassword = config.BOARD_PASSWORD ?? this.secret('board-password', 18);
    this.made = {
      DATABASE_URL: stores.databaseUrl,
      REDIS_URL: stores.redisUrl,
      TURNO_DEV_KEY: key,
      BOARD_PASSWORD: boardPassword,
      SECRET_KEY: config.SECRET_KEY ?? this.secret('secret-key', 32),
    };
    if (config.S3_BUCKET === undefined) await this.startApps(signal, ['files']);
    this.noteFilesAddress();
    await this.startApps(signal, ['api', 'worker', 'board']);
    this.known = { ...stores, key };
    this.noteRun();
    return { ...this.addresses(), ...this.known, boardPassword };
  }

  /**
   * Starts these processes again, while the stores and the other processes go on. Throws a StartFault when one of them does not start;
   * it can be restarted again.
   */
  async restart(names: readonly AppName[]): Promise<void> {
    const graceMs = this.options.config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    const restartAll = async (some: readonly AppName[]) => {
      await Promise.all(some.map((name) => this.apps.get(name)?.restart(graceMs)));
    };
    if (names.includes('files')) await restartAll(['files']);
    // With FILES_PORT=0 the address may be another one now.
    const moved: readonly AppName[] = this.noteFilesAddress() ? ['api', 'worker'] : [];
    await restartAll([...new Set([...names, ...moved])].filter((name) => name !== 'files'));
  }

  /** The processes first, then what they write to. `hurry` cuts the processes' grace short, never the stores'. */
  async stop(hurry: AbortSignal): Promise<void> {
    const { dataDir, config } = this.options;
    this.known = undefined;
    const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    await Promise.all([...this.apps.values()].map((app) => app.stop(graceMs, hurry)));
    await Promise.all([this.redis?.stop(), this.postgres?.stop()]);
    removeRunFile(dataDir);
  }

  private async startStores(): Promise<{ databaseUrl: string; redisUrl: string }> {
    const { root, dataDir: dir, config } = this.options;
    const dependantsMs = config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    const common = { dir, restart: true, dependantsMs, onChange: () => this.noteRun() };
    const toolsDir = path.join(root, '.turno/tools');
    const started = await Promise.allSettled([
      config.DATABASE_URL ? undefined : startPostgres(common).then((store) => (this.postgres = store)),
      config.REDIS_URL ? undefined : startRedis({ ...common, toolsDir }).then((store) => (this.redis = store)),
    ]);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const databaseUrl = config.DATABASE_URL ?? this.postgres?.url ?? '';
    return { databaseUrl, redisUrl: config.REDIS_URL ?? this.redis?.url ?? '' };
  }

  /** Returns true when the address of the files is another one than before. */
  private noteFilesAddress(): boolean {
    const address = this.options.config.FILES_PUBLIC_URL ?? this.apps.get('files')?.addresses['files'];
    if (address === undefined || address === this.made['FILES_PUBLIC_URL']) return false;
    this.made['FILES_PUBLIC_URL'] = address;
    return true;
  }

  private async startApps(signal: AbortSignal, names: readonly AppName[]): Promise<void> {
    const { root, dataDir, environment, print } = this.options;
    const env = () => passOn(environment, { ...this.made, DATA_DIR: dataDir });
    const starts = names.map((name) => {
      const app = new AppProcess({
        name,
        env,
        print,
        cwd: root,
        onChange: () => this.noteRun(),
        main: path.join(root, 'apps', name, 'dist/main.js'),
        logFile: path.join(dataDir, 'logs', `${name}.log`),
      });
      this.apps.set(name, app);
      return app.start();
    });
    await unless(signal, Promise.all(starts));
  }

  private addresses() {
    const { config } = this.options;
    const said = (name: AppName) => this.apps.get(name)?.addresses ?? {};
    const at = (port: number) => `http://${config.HOST}:${port}`;
    return {
      api: said('api').api ?? at(config.PORT),
      board: said('board').board ?? at(config.BOARD_PORT),
      files: config.S3_BUCKET === undefined ? (said('files').files ?? at(config.FILES_PORT)) : null,
      ops: said('api').ops ?? at(config.OPS_PORT),
      workerOps: said('worker').ops ?? at(config.WORKER_OPS_PORT),
    };
  }

  /** Keeps run.json true, and has the stores outlive the processes of this moment. */
  private noteRun(): void {
    const pidsOf = (name: AppName) => this.apps.get(name)?.pids() ?? [];
    const apps = {
      api: pidsOf('api'),
      worker: pidsOf('worker'),
      board: pidsOf('board'),
      files: pidsOf('files'),
    };
    for (const store of [this.postgres, this.redis]) store?.outlive(Object.values(apps).flat());
    if (this.known === undefined) return;
    const pids = { ...apps, postgres: pidIn(this.postgres), redis: pidIn(this.redis) };
    const { api, board, files, ops } = this.addresses();
    writeRunFile(this.options.dataDir, { api, board, files, ops, ...this.known, pids });
  }

  private secret(name: string, bytes: number): string {
    return storedSecret(path.join(this.options.dataDir, name), () => randomBytes(bytes).toString('base64url'));
  }
}

function pidIn(running: { pid(): number | undefined } | undefined): number[] {
  const pid = running?.pid();
  return pid === undefined ? [] : [pid];
}

function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function toFault(error: unknown): never {
  throw new StartFault(`${reasonOf(error)}.`, { cause: error });
}

function toForeignFault(error: ForeignMigrationsError, databaseUrl: string | undefined, dataDir: string): StartFault {
  const local =
    `${dataDir}/postgres was made by migrations that this version does not have and was not changed: ` +
    'to begin anew, remove this folder with all jobs in it, or set DATA_DIR to another one.';
  return new StartFault(databaseUrl === undefined ? local : error.message, { cause: error });
}

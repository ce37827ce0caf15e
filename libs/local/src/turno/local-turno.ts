import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { ForeignMigrationsError, migrateDatabase } from '@turno/postgres';
import { readFirstKey } from '@turno/tenants';
import { AppProcess } from './app-process.ts';
import { passOn, type Config, type Environment } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { startRotation } from '../terminal/rotate-logs.ts';
import { endPreviousRun } from './end-previous-run.ts';
import type { LocalStore } from '../stores/start-on-port.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import { startRedis } from '../redis/start-redis.ts';
import { removeRunFile, writeRunFile, type RunFile } from './run-file.ts';
import { reasonOf, StartError } from '../start-error.ts';

export interface LocalTurnoOptions {
  root: string;
  /** An absolute path. The caller holds its lock. */
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

/** The time that an app needs beyond its grace to close its connections. */
const closingMs = 10_000;

/** All processes of `npm start`: the stores without a URL in the settings, then the apps. */
export class LocalTurno {
  private readonly options: LocalTurnoOptions;
  private readonly apps = new Map<AppName, AppProcess>();
  private postgres: LocalStore | undefined;
  private redis: LocalStore | undefined;
  /** The facts that no restart of an app changes. Undefined until everything is ready. */
  private facts: Pick<RunFile, 'databaseUrl' | 'redisUrl' | 'key'> | undefined;
  private stopRotation = () => {};
  /** The settings of the apps that were made or found here. */
  private made: Record<string, string> = {};

  constructor(options: LocalTurnoOptions) {
    this.options = options;
  }

  /**
   * Resolves when everything is ready.
   * Throws a StartError, or the signal's reason; `stop` must be called after both.
   */
  async start(signal: AbortSignal): Promise<Started> {
    const { root, dataDir, config } = this.options;
    await endPreviousRun(root, dataDir);
    const key = await readFirstKey(config.TURNO_DEV_KEY, dataDir).catch(throwStartError);
    this.rotateLogs();
    const stores = await this.startStores();
    signal.throwIfAborted();
    await migrateDatabase(stores.databaseUrl).catch((error: unknown) => {
      if (error instanceof ForeignMigrationsError) throw foreignMigrations(error, config.DATABASE_URL, dataDir);
      const advice = config.DATABASE_URL
        ? 'correct DATABASE_URL, or leave it unset for a local Postgres'
        : `see ${dataDir}/logs`;
      throw new StartError(`The database could not be migrated (${reasonOf(error)}): ${advice}.`, {
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
    this.facts = { ...stores, key };
    this.recordRun();
    return { ...this.addresses(), ...this.facts, boardPassword };
  }

  /**
   * Restarts apps while the stores and the other apps go on.
   * Throws a StartError when an app does not start; it can be restarted again.
   */
  async restart(names: readonly AppName[]): Promise<void> {
    const graceMs = this.options.config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    const restartAll = async (apps: readonly AppName[]) => {
      await Promise.all(apps.map(async (name) => this.apps.get(name)?.restart(graceMs)));
    };
    if (names.includes('files')) await restartAll(['files']);
    // With FILES_PORT=0 the file server may have a new address now.
    const moved: readonly AppName[] = this.noteFilesAddress() ? ['api', 'worker'] : [];
    await restartAll([...new Set([...names, ...moved])].filter((name) => name !== 'files'));
  }

  /** Stops the apps, then the stores. `force` ends the grace of the apps, never that of the stores. */
  async stop(force: AbortSignal): Promise<void> {
    const { dataDir, config } = this.options;
    this.facts = undefined;
    const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    await Promise.all([...this.apps.values()].map((app) => app.stop(graceMs, force)));
    await Promise.all([this.redis?.stop(), this.postgres?.stop()]);
    this.stopRotation();
    removeRunFile(dataDir);
  }

  /** Bounds the logs of stores and apps while they run. */
  private rotateLogs(): void {
    const { dataDir, print } = this.options;
    const folder = path.join(dataDir, 'logs');
    this.stopRotation = startRotation(folder, (reason) =>
      print(`logs: not rotated (${reason}): free space in ${folder}`),
    );
  }

  private async startStores(): Promise<{ databaseUrl: string; redisUrl: string }> {
    const { root, dataDir: dir, config, print } = this.options;
    const dependantsMs = config.SHUTDOWN_GRACE_SECONDS * 1_000 + closingMs;
    const common = { dir, restart: true, dependantsMs, print, onChange: () => this.recordRun() };
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
        onChange: () => this.recordRun(),
        main: path.join(root, 'apps', name, 'dist/main.js'),
        logFile: path.join(dataDir, 'logs', `${name}.log`),
      });
      this.apps.set(name, app);
      return app.start();
    });
    await orAborted(signal, Promise.all(starts));
  }

  private addresses() {
    const { config } = this.options;
    const addressesOf = (name: AppName) => this.apps.get(name)?.addresses ?? {};
    const at = (port: number) => `http://${config.HOST}:${port}`;
    return {
      api: addressesOf('api').api ?? at(config.PORT),
      board: addressesOf('board').board ?? at(config.BOARD_PORT),
      files: config.S3_BUCKET === undefined ? (addressesOf('files').files ?? at(config.FILES_PORT)) : null,
      ops: addressesOf('api').ops ?? at(config.OPS_PORT),
      workerOps: addressesOf('worker').ops ?? at(config.WORKER_OPS_PORT),
    };
  }

  /** Writes run.json, and names the present app processes as the dependants of the stores. */
  private recordRun(): void {
    const pidsOf = (name: AppName) => this.apps.get(name)?.pids() ?? [];
    const apps = {
      api: pidsOf('api'),
      worker: pidsOf('worker'),
      board: pidsOf('board'),
      files: pidsOf('files'),
    };
    for (const store of [this.postgres, this.redis]) store?.setDependants(Object.values(apps).flat());
    if (this.facts === undefined) return;
    const pids = { ...apps, postgres: pidsOfStore(this.postgres), redis: pidsOfStore(this.redis) };
    const { api, board, files, ops } = this.addresses();
    writeRunFile(this.options.dataDir, { api, board, files, ops, ...this.facts, pids });
  }

  private secret(name: string, bytes: number): string {
    return storedSecret(path.join(this.options.dataDir, name), () => randomBytes(bytes).toString('base64url'));
  }
}

function pidsOfStore(running: { pid(): number | undefined } | undefined): number[] {
  const pid = running?.pid();
  return pid === undefined ? [] : [pid];
}

function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

function throwStartError(error: unknown): never {
  throw new StartError(`${reasonOf(error)}.`, { cause: error });
}

function foreignMigrations(
  error: ForeignMigrationsError,
  databaseUrl: string | undefined,
  dataDir: string,
): StartError {
  const local =
    `${dataDir}/postgres was made by migrations that this version does not have; it was not changed: ` +
    'to start with an empty database, delete this folder with all its jobs, or set DATA_DIR to another folder.';
  return new StartError(databaseUrl === undefined ? local : error.message, { cause: error });
}

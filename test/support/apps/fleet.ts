import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import postgres, { type Sql } from 'postgres';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { mergeSettings, withConstants } from './constants.ts';
import { eventually } from '../eventually.ts';
import { type Breach, type ClientEvidence, judge, judgeConnection } from '../../chaos/judge/judge.ts';
import { testKindsDir } from '../kinds.ts';
import { recordChanges } from '../stores/record-changes.ts';
import { longTimeout } from '../jobs.ts';
import { repeatWhileUnavailable } from '../http/repeat-while-unavailable.ts';
import { type App, startApp } from './start-app.ts';
import { testKey, testSettings } from './start-turno.ts';
import { type TcpGate, throughGate } from '../http/tcp-gate.ts';

/** Detectors that wait for half a minute as shipped find a fault within seconds. A slow machine holds its leases. */
const quick = {
  ...withConstants({
    maintenance: {
      leaseMs: 5_000,
      renewLeaseEveryMs: 500,
      rescueEveryMs: 500,
      redispatchEveryMs: 400,
      lostAfterMs: 1_000,
      reconcileEveryMs: 500,
      reconcileAfterMs: 1_000,
    },
  }),
  SHUTDOWN_GRACE_SECONDS: '2',
};

interface Start {
  name: 'api' | 'worker';
  environment: Record<string, string>;
  main: string | undefined;
}

interface IdleApi {
  app: App;
  start: Start;
}

/** APIs that an earlier test of this file started, and to which no test sent a signal. */
const idle = new Set<IdleApi>();

function addIdle(one: IdleApi): void {
  idle.add(one);
  void one.app.exited.then(() => idle.delete(one));
}

/** Returns an idle API that was started alike: it has outlived the faults of an earlier scene, and saves a start. */
function takeIdle(start: Start): App | undefined {
  const found = [...idle].find((one) => isDeepStrictEqual(one.start, start));
  if (found !== undefined) idle.delete(found);
  return found?.app;
}

/**
 * Processes of the service on stores that a test may break, and the log of what their client was promised. They end
 * with the test.
 */
export interface Fleet {
  history: ClientEvidence;
  /** Postgres itself, past every gate. */
  sql: Sql;
  startApi(settings?: Record<string, string>, main?: string): Promise<App>;
  startWorker(settings?: Record<string, string>, main?: string): Promise<App>;
  /**
   * Submits like a client, which repeats with its key while Postgres is slow; returns the last status and logs an
   * accepted job.
   */
  submit(api: App, kind: string, input?: unknown, options?: object): Promise<Accepted>;
  /** Submits without a key and without a repeat. */
  submitOnce(api: App, kind: string, input?: unknown, options?: unknown): Promise<Accepted>;
  /** The jobs' rows, by whoever runs them. */
  running(worker?: App): Promise<JobState[]>;
  row(jobId: string): Promise<JobState>;
  /** All accepted jobs are over. */
  drained(withinMs?: number): Promise<void>;
  /** Waits until all is over, reads every job by HTTP, and judges. */
  verdict(api?: App, withinMs?: number): Promise<Breach[]>;
}

export interface Accepted {
  status: number;
  jobId: string;
  retryAfter: string | null;
}

export interface JobState {
  id: string;
  state: string;
  run: number;
  ticket: number;
  tries: number;
  handBacks: number;
  worker: string | null;
  backlog: boolean;
  code: string | null;
}

export interface FleetStores {
  databaseUrl?: string;
  redisUrl?: string;
  redisPrefix?: string;
}

/** A fleet on this file's stores, or on those given. */
export async function openFleet({ databaseUrl, redisUrl }: FleetStores = {}): Promise<Fleet> {
  const settings = await testSettings({
    KINDS_DIR: testKindsDir,
    WORKER_QUEUES: 'io', // nearly all scenes need only these; children for the others would be most of a worker's start
    ...quick,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  });
  const url = settings['DATABASE_URL'] ?? '';
  if (databaseUrl !== undefined) await (await import('@turno/postgres')).migrateDatabase(databaseUrl);
  const sql = postgres(url, { ...judgeConnection, backoff: () => 0.2 });
  onTestFinished(() => sql.end());
  await recordChanges(sql);
  const history: ClientEvidence = { accepted: [], polls: [] };
  const start =
    (name: 'api' | 'worker') =>
    async (more: Record<string, string> = {}, main?: string) => {
      const environment = mergeSettings(settings, more);
      const app = takeIdle({ name, environment, main }) ?? (await startApp(name, environment, main));
      let signals = 0;
      onTestFailed(() => console.log(`${name} ${app.pid} said at last:`, app.output().slice(-4_000)));
      onTestFinished(async ({ task }) => {
        if (name === 'api' && signals === 0 && task.result?.state === 'pass') {
          addIdle({ app, start: { name, environment, main } });
          return;
        }
        app.kill('SIGKILL');
        await app.exited;
      });
      const send = <T extends unknown[], R>(signal: (...args: T) => R) => {
        return (...args: T): R => {
          signals += 1;
          return signal(...args);
        };
      };
      return { ...app, kill: send(app.kill), stop: send(app.stop) };
    };
  const ids = () => history.accepted.map((one) => one.jobId);
  const fleet: Fleet = {
    history,
    sql,
    startApi: start('api'),
    startWorker: start('worker'),
    submit: (api, kind, input = {}, options = {}) =>
      submit(api, history, { body: { kind, input, options: { ...longTimeout, ...options } }, key: randomUUID() }),
    submitOnce: (api, kind, input = {}, options = {}) => submit(api, history, { body: { kind, input, options } }),
    running: (worker) =>
      select(sql, sql`state = 'running' AND (${worker?.pid ?? 0} = 0 OR worker LIKE ${`%:${worker?.pid ?? 0}:%`})`),
    row: async (jobId) => {
      const [row] = await select(sql, sql`id = ${jobId}`);
      if (row === undefined) throw new Error(`${jobId} is gone`);
      return row;
    },
    async drained(withinMs = 120_000) {
      await eventually(
        async () => {
          const left = await select(sql, sql`finished_at IS NULL AND id = ANY (${ids()}::text[])`);
          if (left.length > 0) throw new Error(`${left.length} are not over, such as ${JSON.stringify(left[0])}`);
        },
        { withinMs },
      );
    },
    async verdict(api, withinMs) {
      await fleet.drained(withinMs);
      if (api !== undefined) for (const jobId of ids()) await poll(api, history, jobId);
      return judge(sql, history);
    },
  };
  return fleet;
}

function select(sql: Sql, where: ReturnType<Sql>): Promise<JobState[]> {
  return sql<JobState[]>`SELECT id, state, run, ticket, tries, hand_backs AS "handBacks", worker, backlog,
    error->>'code' AS code FROM jobs WHERE ${where} ORDER BY id`;
}

async function submit(
  api: App,
  { accepted }: ClientEvidence,
  { body, key }: { body: unknown; key?: string },
): Promise<Accepted> {
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
  const send = () =>
    fetch(`${api.addresses['api']}/v1/jobs`, {
      method: 'POST',
      headers: { ...headers, ...(key !== undefined && { 'idempotency-key': key }) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
  const response = await (key === undefined ? send() : repeatWhileUnavailable(send));
  const { id: jobId = '' } = (await response.json()) as { id?: string };
  // A repeat is answered 200 when its job has ended meanwhile.
  const status = response.headers.has('idempotency-replayed') ? 202 : response.status;
  if (status === 202) accepted.push({ jobId, ...(key !== undefined && { key }) });
  return { status, jobId, retryAfter: response.headers.get('retry-after') };
}

async function poll(api: App, { polls }: ClientEvidence, jobId: string): Promise<void> {
  const response = await fetch(`${api.addresses['api']}/v1/jobs/${jobId}`, {
    headers: { authorization: `Bearer ${testKey}` },
  });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  const version = Number(/-(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1]);
  polls.push({ jobId, version });
}

/**
 * Resolves when the workers together have begun so many handlers of `test.wait` with a latch.
 * A row that is running is no proof: its worker may not have the reply to its claim yet.
 */
export async function handlersBegin(workers: readonly App[], count: number): Promise<void> {
  await eventually(() => {
    const begun = workers.flatMap((worker) => worker.log().filter(({ msg }) => msg === 'begun'));
    expect(begun).toHaveLength(count);
  });
}

/** The same address, through a gate that is gone with the test. */
export async function gated(address: string): Promise<{ gate: TcpGate; url: string }> {
  const made = await throughGate(address);
  onTestFinished(() => made.gate.close());
  return made;
}

import { checkedFetch, type CheckedRequest } from '../http/checked-request.ts';
import { startApp, type App } from './start-app.ts';
import { stores } from '../stores/stores.ts';

/** A key of the right form that is used nowhere else. */
export const testKey = `tno_live_${'0'.repeat(26)}_${'t'.repeat(43)}`;

export interface Turno {
  /** Base address of the API, without a slash at the end. */
  api: string;
  key: string;
  apiApp: App;
  workerApp: App;
  /**
   * A request to the API with the key; a body that is not text is sent as JSON. Its answer must be as the document
   * says.
   */
  request(path: string, init?: RequestOptions): Promise<Response>;
}

export type RequestOptions = Omit<CheckedRequest, 'body' | 'headers'> & {
  body?: unknown;
  headers?: Record<string, string>;
};

/** What every process of a test needs to know; more settings may be added or replaced. */
export async function testSettings(settings: Record<string, string> = {}): Promise<Record<string, string>> {
  const { databaseUrl, redisUrl, redisPrefix, filesDir } = await stores();
  return {
    DATABASE_URL: databaseUrl,
    FILES_DIR: filesDir,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: redisPrefix,
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_PORT: '0',
    WORKER_OPS_PORT: '0',
    TURNO_DEV_KEY: testKey,
    SECRET_KEY: 'a secret of at least thirty-two characters for tests',
    CPU_CONCURRENCY: '1',
    AUTH_FAILURES_MAX: '1000000', // tests of refusals all come from one address
    ...settings,
  };
}

/** An API and a worker on free ports against this file's stores, ended with the file. */
export async function startTurno(settings: Record<string, string> = {}): Promise<Turno> {
  const environment = await testSettings(settings);
  const [apiApp, workerApp] = await Promise.all([startApp('api', environment), startApp('worker', environment)]);
  const api = (apiApp.addresses.api ?? '').replace(/\/$/, '');
  const key = environment.TURNO_DEV_KEY ?? testKey;
  return { api, key, apiApp, workerApp, request: (path, init) => requestWith({ api, path, key }, init) };
}

function requestWith(
  { api, path, key }: { api: string; path: string; key: string },
  { body, headers, ...init }: RequestOptions = {},
): Promise<Response> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return checkedFetch(api, path, {
    method: body === undefined ? 'GET' : 'POST',
    ...init,
    headers: { authorization: `Bearer ${key}`, ...type, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

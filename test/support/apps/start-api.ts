import { checkedFetch } from '../http/checked-request.ts';
import { startApp, type App } from './start-app.ts';
import { testKindsDir } from '../kinds.ts';
import { testKey, testSettings, type RequestOptions } from './start-turno.ts';
import { stores } from '../stores/stores.ts';

export interface Api {
  app: App;
  url: string;
  /**
   * A request with the first key, or with the one given; `null` sends none. Its answer must be as the document says.
   */
  request(path: string, init?: RequestOptions & { key?: string | null }): Promise<Response>;
}

/** An API without any worker: jobs stay as they are, unless the test moves them. */
export async function startApi(settings: Record<string, string> = {}): Promise<Api> {
  const app = await startApp('api', await testSettings({ KINDS_DIR: testKindsDir, ...settings }));
  const url = app.addresses['api'] ?? '';
  return {
    app,
    url,
    request: (path, { key = testKey, body, headers, ...init } = {}) =>
      checkedFetch(url, path, {
        method: body === undefined ? 'GET' : 'POST',
        ...init,
        headers: {
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
}

/** Lets a further key in and returns it. */
export async function addKey(tenantId: string, scopes: string[]): Promise<string> {
  const { openPostgres, putApiKey } = await import('@turno/postgres');
  const { makeApiKey, parseApiKey } = await import('@turno/tenants');
  const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'test' });
  const key = makeApiKey();
  const parsed = parseApiKey(key);
  if (parsed === undefined) throw new Error('a key that was just made has no key’s form');
  await putApiKey(postgres.sql, tenantId, { ...parsed, tenantId, scopes });
  await postgres.close();
  return key;
}

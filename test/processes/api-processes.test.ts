import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { countProcesses, openPostgres } from '@turno/postgres';
import { availableCores } from '@turno/runtime';
import { expect, test } from 'vitest';
import { readConfig } from '../../apps/api/src/config.ts';
import { toConsoleLine } from '../../libs/local/src/terminal/console-lines.ts';
import { eventually } from '../support/eventually.ts';
import { descendantsOf, expectAllGone, remember } from '../support/apps/process-tree.ts';
import { openRaw, type RawConnection } from '../support/http/raw-http.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { startApp } from '../support/apps/start-app.ts';
import { testKey, testSettings } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

const startTwo = (settings: Record<string, string> = {}) => startApi({ API_PROCESSES: '2', ...settings });

/** A connection on which this process has answered a request. */
async function connectionTo({ app, url }: Api, pid: number): Promise<RawConnection> {
  return eventually(async () => {
    const raw = openRaw(url);
    const id = `on-${Math.random()}`;
    raw.socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\n\r\n`);
    const line = await eventually(() => {
      const found = app.log().find(({ requestId }) => requestId === id);
      if (found === undefined) throw new Error('nobody has logged that request');
      return found;
    });
    if (line.pid === pid) return raw;
    raw.socket.destroy();
    throw new Error(`it went to another process than ${pid}`);
  });
}

/** Submits a job that no worker does and waits for its end there; resolves once the job is accepted. */
async function waitOn({ socket }: RawConnection, { request }: Api): Promise<void> {
  const tag = `waits-${Math.random()}`;
  const body = JSON.stringify({ kind: 'test.noop', input: {}, options: { tags: [tag] } });
  const head = `Authorization: Bearer ${testKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`POST /v1/jobs HTTP/1.1\r\nHost: x\r\nPrefer: wait=60\r\n${head}\r\n\r\n${body}`);
  await eventually(async () => {
    const { jobs } = (await (await request(`/v1/jobs?tag=${tag}`)).json()) as { jobs: unknown[] };
    return jobs.length === 1;
  });
}

async function readiness({ app }: Api) {
  const response = await fetch(`${app.addresses['ops']}/readyz?verbose`);
  return { code: response.status, ...((await response.json()) as { status: string; processes: { pid: number }[] }) };
}

const allReady = (api: Api) =>
  eventually(async () => {
    const { code, status, processes } = await readiness(api);
    expect({ code, status, count: processes.length }).toEqual({ code: 200, status: 'ready', count: 2 });
    return processes.map(({ pid }) => pid);
  });

test('A killed API process loses only its own connections and is replaced, and a stop lets all processes finish their requests', async () => {
  const api = await startTwo();
  const [first = 0, second = 0] = await allReady(api);
  expect(new Set(descendantsOf(api.app.pid))).toEqual(new Set([first, second]));
  expect(api.app.log().filter(({ msg }) => msg === 'ready')).toHaveLength(1);
  for (const pid of [api.app.pid, first, second]) {
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(testKey);
  }
  const [lost, surviving] = [await connectionTo(api, first), await connectionTo(api, second)];
  await Promise.all([waitOn(lost, api), waitOn(surviving, api)]);
  process.kill(first, 'SIGKILL');
  await lost.closed;
  expect((await fetch(`${api.url}/livez`)).status).toBe(200);
  const pids = await allReady(api);
  expect(pids).toContain(second);
  expect(pids).not.toContain(first);
  // The terminal of npm start shows the end and its mend.
  const shown = () => api.app.log().map((line) => toConsoleLine('api', JSON.stringify(line)));
  await eventually(() => expect(shown()).toContain('api: a process of the API was replaced'));
  expect(shown().filter((line) => line?.includes('ended and will be replaced'))).toHaveLength(1);

  const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'test' });
  await eventually(async () => (await countProcesses(sql, 'turno-api ')) === 2);
  await close();
  const sums = (await (await fetch(`${api.app.addresses['ops']}/caches`)).json()) as { keys: { misses: number } };
  expect(sums.keys.misses).toBeGreaterThan(0);

  // As Ctrl-C does, which the terminal sends to all of them.
  const tree = remember([api.app.pid, ...pids]);
  for (const pid of tree.keys()) process.kill(pid, 'SIGINT');
  expect(await surviving.closed).toContain('HTTP/1.1 202 Accepted');
  expect(await api.app.exited).toBe(0);
  await expectAllGone(tree);
});

test('The API processes finish their requests and end when their primary is killed', async () => {
  const api = await startTwo();
  const pids = await allReady(api);
  const raw = await connectionTo(api, pids[0] ?? 0);
  await waitOn(raw, api);
  const tree = remember([api.app.pid, ...pids]);
  api.app.kill('SIGKILL');
  expect(await raw.closed).toContain('HTTP/1.1 202 Accepted');
  await expectAllGone(tree);
});

test('A stop that one process delays is reported as draining, and a second signal ends all processes at once', async () => {
  const api = await startTwo({ SHUTDOWN_GRACE_SECONDS: '600', DATABASE_POOL_MAX: '1000' });
  expect(api.app.output()).toMatch(/with these 2 processes Postgres may get 2\d{3} connections/);
  const pids = await allReady(api);
  const tree = remember([api.app.pid, ...pids]);
  process.kill(pids[0] ?? 0, 'SIGSTOP');
  api.app.kill('SIGTERM');
  await eventually(async () => {
    const { code, status } = await readiness(api);
    expect({ code, status }).toEqual({ code: 503, status: 'draining' });
  });
  api.app.kill('SIGTERM');
  expect(await api.app.exited).toBe(1);
  await expectAllGone(tree);
});

test('The reason why no API process can start is printed once', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const failure = await startTwo({ PORT: String(port) }).then(() => 'it started', String);
  taken.close();
  expect(failure).toContain('EADDRINUSE');
  expect(failure.match(/^Could not start: .*$/gm)).toHaveLength(1);
});

test('An invalid API_PROCESSES is rejected with the allowed values, together with all other faults', async () => {
  const settings = await testSettings({ API_PROCESSES: 'many', PORT: 'x' });
  await expect(startApp('api', settings)).rejects.toThrow(
    /PORT: .*\n +API_PROCESSES: must be a whole number from 1 to 256, or auto for as many as there are cores/,
  );
});

test('API_PROCESSES=auto is the number of cores within the quota of a container', async () => {
  const settings = await testSettings({ API_PROCESSES: 'auto' });
  expect(readConfig(settings).API_PROCESSES).toBe(availableCores());
  const quotas = ['max 100000', '', '50000 100000', '150000 100000', '100000000 100000'];
  const cores = availableParallelism();
  expect(quotas.map((quota) => availableCores(quota))).toEqual([cores, cores, 1, 1, cores]);
});

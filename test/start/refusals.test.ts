import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startPostgres } from '@turno/local';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { runSchemaFile } from '../support/stores/empty-database.ts';
import { processesNaming } from '../support/apps/process-tree.ts';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';

async function failureOf(settings: Record<string, string>, dataDir = newDataDir()) {
  const command = startCommand({ dataDir, settings });
  const code = await command.exited;
  expect(processesNaming(dataDir)).toEqual([]);
  return { code, lines: command.output().trim().split('\n') };
}

test('A port in use is named in one line with its setting, and no process is left running', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, lines } = await failureOf({ BOARD_PORT: String(port) });
  server.close();
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringMatching(`^Port ${port} is in use: .*BOARD_PORT`)]);
});

test('All ports in use are named at once, each with its setting, and so are two settings with one port', async () => {
  const settings = ['PORT', 'FILES_PORT', 'WORKER_OPS_PORT'];
  const servers = settings.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String((server.address() as AddressInfo).port));
  const given = Object.fromEntries(settings.map((name, index) => [name, ports[index] ?? '']));
  const { code, lines } = await failureOf({ ...given, OPS_PORT: ports[0] ?? '' });
  for (const server of servers) server.close();
  expect(code).toBe(1);
  expect(lines).toHaveLength(4);
  for (const [index, name] of settings.entries()) {
    expect(lines).toContainEqual(expect.stringMatching(`^Port ${ports[index]} is in use: .* set ${name} to another`));
  }
  expect(lines).toContainEqual(expect.stringMatching(`^OPS_PORT and PORT are both ${ports[0]}: `));
});

test('A folder that is not writable is named in one line with DATA_DIR', async () => {
  const file = path.join(newDataDir(), 'a-file');
  writeFileSync(file, '');
  const { code, lines } = await failureOf({}, path.join(file, 'below'));
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('DATA_DIR')]);
});

test('A folder that cannot be created is named in one line with DATA_DIR', async () => {
  const { code, lines } = await failureOf({}, `/proc/turno-${process.pid}/below`);
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('DATA_DIR')]);
});

test('A TURNO_DEV_KEY without the form of a key is rejected in one line', async () => {
  const { code, lines } = await failureOf({ TURNO_DEV_KEY: 'not-a-key' });
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('TURNO_DEV_KEY')]);
});

test('An invalid setting of one process is named, and no process is left running', async () => {
  const { code, lines } = await failureOf({ CPU_CONCURRENCY: 'many' });
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/^The worker did not start: CPU_CONCURRENCY/)]);
});

test('A database that cannot be reached is named in one line with DATABASE_URL', async () => {
  const { code, lines } = await failureOf({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringContaining('DATABASE_URL')]);
});

test('A URL of a store that cannot be used is named in one line, before anything is started', async () => {
  const settings = {
    DATABASE_URL: 'postgres://u:p%zz@127.0.0.1:9/none?sslmode=require',
    REDIS_URL: 'redis://127.0.0.1/a',
  };
  const { code, lines } = await failureOf(settings);
  expect(code).toBe(2);
  expect(lines).toEqual([
    'Invalid settings:',
    expect.stringMatching(/^ {2}DATABASE_URL: has a % without/),
    expect.stringMatching(/^ {2}REDIS_URL: must have the number of a database/),
  ]);
});

test('A local database from before the first release is rejected in one line that names its folder', async () => {
  const dataDir = newDataDir();
  const store = await startPostgres({ dir: dataDir, durable: false });
  const sql = postgres(store.url, { max: 1, onnotice: () => {} });
  await runSchemaFile(sql, 'before-0.1.0.sql');
  await sql.end();
  await store.stop();
  const { code, lines } = await failureOf({}, dataDir);
  expect(code).toBe(1);
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^${dataDir}/postgres was made by .*delete this folder`))]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBatcher, insertJobs, openPostgres } from '@turno/postgres';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newJob } from '../support/new-job.mjs';
import { selfSigned } from '../support/http/self-signed.ts';
import { stores } from '../support/stores/stores.ts';
import { throughGate } from '../support/http/tcp-gate.ts';
import { openTlsDoor } from '../support/http/tls-door.ts';

const { databaseUrl } = await stores();
const certificate = selfSigned();

async function openThroughGate(toUrl: string, more = '') {
  const { gate, url } = await throughGate(toUrl);
  const { sql, ...postgres } = openPostgres({ url: url + more, poolMax: 2, prepare: true, name: 'links' });
  const group = createBatcher({
    flush: (jobs: readonly ReturnType<typeof newJob>[]) => insertJobs(sql, jobs),
    key: (job) => job.id,
    timeoutMs: 600_000, // only the cut of its connection lets a batch go on
  });
  afterAll(async () => {
    await postgres.close();
    gate.close();
  });
  return { gate, sql, group };
}

const door = await openTlsDoor(databaseUrl, certificate);
const roads = {
  plain: await openThroughGate(databaseUrl),
  TLS: await openThroughGate(door.url, '?sslmode=require'),
};
const { sql, group } = roads.plain;
afterAll(() => door.close());

test.each(['plain', 'TLS'] as const)(
  'A connection (%s) that swallows what is sent is cut within seconds, and its batch is written by another',
  async (road) => {
    const { gate, sql, group } = roads[road];
    await Promise.all([sql`SELECT pg_sleep(0.1)`, sql`SELECT pg_sleep(0.1)`]); // both connections are there
    gate.swallow();
    const alone = sql`SELECT 1`.then(
      () => 'answered',
      (error: Error & { code?: string }) => error.code,
    );
    let written = false;
    void group.add(newJob()).then(() => (written = true));
    await eventually(() => written);
    expect(['answered', 'CONNECTION_CLOSED']).toContain(await alone);
  },
);

test('Connections whose backends are frozen are cut as well, while the server takes new ones', async () => {
  const pids = async () => (await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid, pg_sleep(0.1)`)[0]?.pid ?? 0;
  const frozen = new Set(await Promise.all([pids(), pids()]));
  onTestFinished(() => frozen.forEach((pid) => process.kill(pid, 'SIGCONT')));
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  let written = false;
  void group.add(newJob()).then(() => (written = true));
  await eventually(() => written);
});

test('A slow statement is not taken for a dead connection', async () => {
  const [row] = await sql`SELECT pg_sleep(5), 'slept' AS how`;
  expect(row?.['how']).toBe('slept');
});

test.each([
  ['require', /does not encrypt/],
  ['verify-full', /self-signed/],
])('A connection that cannot be as safe as %s asks is not made, and the reason is said', async (mode, reason) => {
  const weak = await openTlsDoor(databaseUrl, certificate, mode === 'require');
  const asking = openPostgres({ url: `${weak.url}?sslmode=${mode}`, poolMax: 1, prepare: true, name: 'strict' });
  await expect(asking.sql`SELECT 1`).rejects.toThrow(reason);
  await asking.close();
  weak.close();
});

test.each([
  ['sslmode=verify-ca', true],
  ['sslmode=require', true], // as libpq: with a root certificate it is verify-ca
  ['sslmode=verify-full', false], // the certificate is for localhost
])('With a root certificate of its own, %s of a server under another name connects: %s', async (mode, connects) => {
  const own = await openTlsDoor(databaseUrl, certificate);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'turno-ca-')), 'root.pem');
  writeFileSync(file, certificate.cert);
  const url = `${own.url}?${mode}&sslrootcert=${encodeURIComponent(file)}`;
  const { sql: safe, close } = openPostgres({ url, poolMax: 1, prepare: true, name: 'own-ca' });
  const answer = safe`SELECT 1 AS one`.then(
    () => true,
    (error: unknown) => String(error),
  );
  expect(await answer).toEqual(connects || expect.stringMatching(/does not match certificate/));
  await close();
  own.close();
  rmSync(path.dirname(file), { recursive: true });
});

test('A connection takes the options of its URL, and keeps its own name', async () => {
  const url = `${databaseUrl}?options=-c%20work_mem%3D5MB&application_name=mine&channel_binding=prefer&target_session_attrs=any&x=1`;
  const { sql: optioned, close } = openPostgres({ url, poolMax: 1, prepare: true, name: 'optioned' });
  expect(
    await optioned`SELECT current_setting('work_mem') AS memory, current_setting('application_name') AS name`,
  ).toEqual([{ memory: '5MB', name: 'optioned' }]);
  await close();
});

test.each(['prefer', 'allow'])('With sslmode=%s a server without TLS is spoken to plainly', async (mode) => {
  const without = await openTlsDoor(databaseUrl, certificate, true);
  const { sql: plain, close } = openPostgres({
    url: `${without.url}?sslmode=${mode}`,
    poolMax: 1,
    prepare: true,
    name: 'any',
  });
  expect(await plain`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  await close();
  without.close();
});

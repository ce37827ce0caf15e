import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres, startRedis } from '@turno/local';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { descendantsOf, endAllNaming, expectAllGone, remember, stillRunning } from '../support/apps/process-tree.ts';
import { root } from '../support/root.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'turno-stores-'));
const toolsDir = path.join(root, '.turno/tools');
const limitMs = 400_000;

afterAll(() => {
  endAllNaming(dir);
  rmSync(dir, { recursive: true, force: true });
});

/** Another process that starts both stores on `dir` and then does nothing. */
async function starter(): Promise<{ child: ChildProcess; databaseUrl: string }> {
  const script = `
    const { startPostgres, startRedis } = await import('@turno/local');
    const options = ${JSON.stringify({ dir, toolsDir })};
    const stores = [await startPostgres(options), await startRedis(options)];
    console.log(stores[0].url);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, databaseUrl: said.toString().trim() };
}

async function writeOne(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`CREATE TABLE IF NOT EXISTS survivors (at timestamptz)`;
  await sql`INSERT INTO survivors VALUES (now())`;
  await sql.end();
}

async function countAt(url: string): Promise<number> {
  const sql = postgres(url, { max: 1 });
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM survivors`;
  await sql.end();
  return row?.count ?? 0;
}

async function countAfterStart(): Promise<number> {
  const [pg, redis] = [await startPostgres({ dir }), await startRedis({ dir, toolsDir })];
  const count = await countAt(pg.url);
  await Promise.all([pg.stop(), redis.stop()]);
  return count;
}

test(
  'Local stores end with the process that started them, also when their supervisors are killed, and lose no data',
  async () => {
    const first = await starter();
    await writeOne(first.databaseUrl);
    const alone = remember(descendantsOf(first.child.pid ?? 0));
    first.child.kill('SIGKILL');
    await expectAllGone(alone);

    const second = await starter();
    await writeOne(second.databaseUrl);
    const tree = descendantsOf(second.child.pid ?? 0);
    const all = remember(tree);
    const supervisors = tree.filter((pid) =>
      stillRunning(remember([pid])).some((line) => line.includes('supervisor.js')),
    );
    expect(supervisors).toHaveLength(2);
    for (const pid of [...supervisors, second.child.pid ?? 0]) process.kill(pid, 'SIGKILL');
    await expectAllGone(all);

    expect(await countAfterStart()).toBe(2);
  },
  limitMs,
);

test(
  'A start ends servers of an earlier start on its folder and recovers their data',
  async () => {
    const { child, databaseUrl } = await starter();
    const before = await countAt(databaseUrl);
    await writeOne(databaseUrl);
    const tree = remember(descendantsOf(child.pid ?? 0));
    // With supervisors and starter frozen nobody stops the servers: just what a start finds after a crash.
    const frozen = [child.pid ?? 0, ...descendantsOf(child.pid ?? 0)].filter((pid) =>
      stillRunning(remember([pid])).some((line) => /supervisor\.js|input-type/.test(line)),
    );
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    expect(await countAfterStart()).toBe(before + 1);
    for (const pid of frozen) process.kill(pid, 'SIGKILL');
    await expectAllGone(tree);
  },
  limitMs,
);

test(
  'A process whose pid is in a stale pid file is not signalled',
  async () => {
    const bystander = spawn('sleep', ['1000']);
    const pid = bystander.pid ?? 0;
    writeFileSync(path.join(dir, 'redis/redis.pid'), `${pid}\n`);
    writeFileSync(path.join(dir, 'postgres/postmaster.pid'), `${pid}\n${dir}/postgres\n`);
    await countAfterStart();
    expect(stillRunning(remember([pid]))).toHaveLength(1);
    bystander.kill('SIGKILL');
  },
  limitMs,
);

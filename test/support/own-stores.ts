import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import postgres from 'postgres';
import { startPostgres, startRedis } from '@turno/local';
import { migrateDatabase } from '@turno/postgres';
import type { TestProject } from 'vitest/node';
import { root } from './root.ts';

const runsDir = path.join(root, '.turno/tests');

/**
 * Starts one Postgres and one Redis for the whole run and makes the template that each file's database is cloned from.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeEndedRuns();
  const dir = path.join(runsDir, String(process.pid));
  mkdirSync(path.join(dir, 'failed'), { recursive: true });
  const [pg, redis] = await Promise.all([
    startPostgres({ dir, durable: false }),
    startRedis({ dir, durable: false, toolsDir: path.join(root, '.turno/tools') }),
  ]);
  await migrateDatabase(pg.url);
  const adminUrl = pg.url.replace(/[^/]+$/, 'postgres');
  await prepareForTests(pg.url);
  project.provide('runStores', { dir, adminUrl, redisUrl: redis.url });
  return async () => {
    await Promise.all([pg.stop(), redis.stop()]);
    const failed = readdirSync(path.join(dir, 'failed'));
    if (failed.length === 0) rmSync(dir, { recursive: true, force: true });
    else console.log(`Databases of failed files, kept until the next run: ${failed.join(', ')} in ${dir}/postgres`);
  };
}

/**
 * A planner that knows nothing about empty tables chooses badly; clones inherit what it learns here. Tests open some
 * two thousand connections, each of which hashes the password; a random password needs no more than one round.
 */
async function prepareForTests(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`ANALYZE`;
  const { username, password } = new URL(url);
  await sql.unsafe(`SET scram_iterations = 1; ALTER ROLE ${username} PASSWORD '${password}'`);
  await sql.end();
}

/** Each run has a folder named by its pid; one that has ended kept it only because a test failed. */
function removeEndedRuns(): void {
  mkdirSync(runsDir, { recursive: true });
  for (const name of readdirSync(runsDir)) {
    if (!isAlive(Number(name))) rmSync(path.join(runsDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

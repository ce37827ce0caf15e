import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { Redis } from 'ioredis';
import { openSql } from '../open-bench-stores.mjs';
import { root } from '../../scripts/run-command.mjs';

/** Describes where and what was measured: figures of other machines or commits are not comparable. */
export async function describeMachine({ databaseUrl, redisUrl }) {
  const sql = openSql(databaseUrl);
  const [{ postgres }] = await sql`SELECT current_setting('server_version') AS postgres`;
  await sql.end();
  const redis = new Redis(redisUrl);
  const server = await redis.info('server');
  redis.disconnect();
  return {
    startedAt: new Date().toISOString(),
    commit: readCommit(),
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadBefore: loadavg()[0],
    node: process.versions.node,
    postgres,
    redis: /redis_version:(\S+)/.exec(server)?.[1] ?? 'unknown',
  };
}

function readCommit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : ' and changes'}`;
  } catch {
    return 'unknown'; // not a clone
  }
}

import path from 'node:path';
import { searchPath } from '../config.ts';
import { isRunnable } from '../system/is-runnable.ts';
import { reasonOf, StartFault } from '../start-fault.ts';
import { unpackedRedis, type RedisProgram } from './unpack-redis.ts';

/**
 * A Redis or Valkey server on PATH; else the one of the Debian packages, unpacked below `toolsDir` without touching the
 * system. Else says every way to get one.
 */
export async function findRedis(toolsDir: string): Promise<RedisProgram> {
  const installed = onPath('redis-server') ?? onPath('valkey-server');
  if (installed !== undefined) return { command: installed, env: {} };
  try {
    return await unpackedRedis(toolsDir);
  } catch (error) {
    const reason = reasonOf(error).trim().split('\n').at(-1);
    throw new StartFault(
      `There is no redis-server here, and none could be fetched (${reason}): install one (Debian, Ubuntu: apt-get install ` +
        'redis-server; macOS: brew install redis), or set REDIS_URL to a running one (with Docker: docker run -p 6379:6379 redis:8).',
    );
  }
}

function onPath(name: string): string | undefined {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isRunnable);
}

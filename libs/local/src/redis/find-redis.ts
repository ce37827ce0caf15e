import path from 'node:path';
import { searchPath } from '../config.ts';
import { isRunnable } from '../system/is-runnable.ts';
import { reasonOf, StartError } from '../start-error.ts';
import { unpackRedis, type RedisProgram } from './unpack-redis.ts';

/**
 * Returns a Redis or Valkey server.
 * It is the one on PATH, or else the one of the Debian packages, unpacked below `toolsDir` without any change to the
 * system. Throws a StartError that lists the ways to get one.
 */
export async function findRedis(toolsDir: string): Promise<RedisProgram> {
  const installed = findOnPath('redis-server') ?? findOnPath('valkey-server');
  if (installed !== undefined) return { command: installed, env: {} };
  try {
    return await unpackRedis(toolsDir);
  } catch (error) {
    const reason = reasonOf(error).trim().split('\n').at(-1);
    throw new StartError(
      `No redis-server was found, and none could be fetched (${reason}): install one (Debian, Ubuntu: apt-get install ` +
        'redis-server; macOS: brew install redis), or set REDIS_URL to a running one (with Docker: docker run -p 6379:6379 redis:8).',
    );
  }
}

function findOnPath(name: string): string | undefined {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isRunnable);
}

import { z } from 'zod';
import { parseDatabaseUrl, withoutIneffective } from './database-url.ts';
import { parseRedisUrl } from './redis-url.ts';
import { UrlFault } from './url-parts.ts';

/** The URL of a Postgres; the value is without the parameters that have no effect. */
export function databaseUrl() {
  return checkedUrl((text) => {
    parseDatabaseUrl(text);
    return withoutIneffective(text).url;
  });
}

/** The URL of a Redis; the value is without the parameters that have no effect. */
export function redisUrl() {
  return checkedUrl((text) => parseRedisUrl(text).url);
}

function checkedUrl(parse: (text: string) => string) {
  return z.string({ error: 'is required' }).transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof UrlFault)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
}

const readers = new Map<string, (text: string) => readonly string[]>([
  ['DATABASE_URL', (text) => withoutIneffective(text).ineffective],
  ['REDIS_URL', (text) => parseRedisUrl(text).ineffective],
  ['CACHE_REDIS_URL', (text) => parseRedisUrl(text).ineffective],
]);

/** Returns one line for each setting whose URL has parameters without an effect. An invalid URL is no matter here. */
export function findIneffectiveParameters(read: (name: string) => string | undefined): string[] {
  return [...readers].flatMap(([name, ineffectiveIn]) => {
    const text = read(name);
    const found = text === undefined ? [] : orNone(() => ineffectiveIn(text));
    return found.length === 0 ? [] : [`${name} has parameters without an effect: ${[...new Set(found)].join(', ')}`];
  });
}

function orNone(find: () => readonly string[]): readonly string[] {
  try {
    return find();
  } catch {
    return [];
  }
}

import { type JobWebhook, newId, Problem, type WebhookEvent } from '@turno/contract';
import { ensureOneOffs, findOneOffs, type OneOff, type Postgres, withRequestTimeout } from '@turno/postgres';
import { createSlices, mapInSlices, type SecretBox } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { makeSecret } from './sign.ts';
import type { UrlVetter } from './vet-url.ts';

/** A job's own webhook as it is stored with the job. */
export interface OwnWebhook {
  url: string;
  endpoint: string;
  events: WebhookEvent[];
}

/** A receiver that a request names for one of its jobs. */
export interface NamedWebhook {
  webhook: JobWebhook;
  /** The place of the webhook in the request. */
  pointer: string;
}

/** The receivers of a request, vetted. Nothing is stored before `register`. */
export interface VettedWebhooks {
  /** The number of jobs that name a receiver. */
  count: number;
  /** True when `register` inserts an endpoint that did not exist. */
  hasNew: boolean;
  /** Inserts the missing endpoints in one statement. Returns the receivers in the order in which they were named. */
  register(): Promise<(OwnWebhook | undefined)[]>;
}

/** Vets the receivers that the jobs of one request name; undefined for a job that names none. */
export type VetJobWebhooks = (
  tenantId: string,
  named: readonly (NamedWebhook | undefined)[],
) => Promise<VettedWebhooks>;

export interface JobWebhookDeps {
  sql: Postgres['sql'];
  box: SecretBox;
  vetter: UrlVetter;
  /** Takes tokens for new origins of a tenant. Throws `rate-limited`. */
  limitOrigins: (tenantId: string, count: number) => Promise<void>;
}

const cachedOriginsMax = 10_000;
const cacheMs = 10 * 60_000;
/** New origins that one request may name: each costs a name lookup and a row. */
const newOriginsMax = 100;
/** Name lookups of one request at a time. */
const lookupsMax = 10;

/**
 * Creates the function that turns `options.webhook` of submits into stored receivers.
 * It throws `invalid-request` for a URL that leads to no public address and for too many new origins, `rate-limited`
 * when the tenant has named too many lately. Origins that this process knows cost no statement.
 */
export function createJobWebhooks({ sql, box, vetter, limitOrigins }: JobWebhookDeps): VetJobWebhooks {
  const cache = new LRUCache<string, string>({ max: cachedOriginsMax, ttl: cacheMs });
  const cacheKey = (tenantId: string, origin: string) => `${tenantId} ${origin}`;

  async function register(tenantId: string, origins: readonly string[]): Promise<OneOff[]> {
    if (origins.length === 0) return [];
    const missing = origins.map((origin) => ({ id: newId('ep'), origin }));
    const secret = box.seal(makeSecret(), tenantId);
    const rows = await withRequestTimeout(ensureOneOffs(sql, tenantId, { missing, secret }));
    for (const { id, origin } of rows) cache.set(cacheKey(tenantId, origin), id);
    return rows;
  }

  return async (tenantId, named) => {
    const wanted = await mapInSlices(named, (one) => one && { ...one, origin: new URL(one.webhook.url).origin });
    const origins = [...new Set(wanted.flatMap((one) => one?.origin ?? []))];
    const cached = origins.flatMap((origin) => {
      const id = cache.get(cacheKey(tenantId, origin));
      return id === undefined ? [] : { id, origin };
    });
    const uncached = without(origins, cached);
    const stored = uncached.length === 0 ? [] : await withRequestTimeout(findOneOffs(sql, tenantId, uncached));
    const fresh = without(uncached, stored);
    const excess = fresh[newOriginsMax];
    if (excess !== undefined) throw tooManyOrigins(fresh.length, wanted.find((one) => one?.origin === excess)?.pointer);
    if (fresh.length > 0) await limitOrigins(tenantId, fresh.length);
    const urls = await vetAll(vetter, wanted);
    return {
      count: wanted.filter((one) => one !== undefined).length,
      hasNew: fresh.length > 0,
      async register() {
        const registered = await register(tenantId, uncached);
        const endpoints = new Map([...cached, ...registered].map(({ id, origin }) => [origin, id]));
        return wanted.map(
          (one, index) =>
            one && { url: urls[index] ?? '', endpoint: endpoints.get(one.origin) ?? '', events: one.webhook.events },
        );
      },
    };
  };
}

function without(origins: readonly string[], known: readonly OneOff[]): string[] {
  const names = new Set(known.map(({ origin }) => origin));
  return origins.filter((origin) => !names.has(origin));
}

/** Returns the URLs as they will be called, in the order of the request. */
async function vetAll(
  vetter: UrlVetter,
  wanted: readonly (NamedWebhook | undefined)[],
): Promise<(string | undefined)[]> {
  const urls: (string | undefined)[] = [];
  const pause = createSlices();
  for (let from = 0; from < wanted.length; from += lookupsMax) {
    await pause();
    const vetting = wanted
      .slice(from, from + lookupsMax)
      .map(async (one) => one && (await vetter.vet(one.webhook.url, `${one.pointer}/url`)).href);
    urls.push(...(await Promise.all(vetting)));
  }
  return urls;
}

function tooManyOrigins(count: number, pointer = ''): Problem {
  const detail =
    `is one of ${count} webhook origins that are new in this request, the limit is ${newOriginsMax}: ` +
    'send the jobs in several requests';
  return new Problem('invalid-request', { errors: [{ pointer: `${pointer}/url`, detail }] });
}

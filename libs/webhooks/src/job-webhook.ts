import { type JobWebhook, newId, type WebhookEvent } from '@turno/contract';
import { ensureOneOff, withRequestTimeout, type Postgres, putWebhookSecret } from '@turno/postgres';
import type { SecretBox } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { makeSecret } from './sign.ts';
import type { UrlVetter } from './vet-url.ts';

/** A job's own webhook as it is stored with the job. */
export interface OwnWebhook {
  url: string;
  endpoint: string;
  events: WebhookEvent[];
}

/** Resolves `options.webhook`. `pointer` is the webhook's place in the request. */
export type ResolveJobWebhook = (tenantId: string, webhook: JobWebhook, pointer: string) => Promise<OwnWebhook>;

const originsMax = 10_000;
const cacheMs = 10 * 60_000;

/**
 * Creates the function that turns `options.webhook` of a submit into the stored receiver.
 * It throws `invalid-request` for a URL that leads to no public address. A tenant's first URL of an origin costs a
 * few statements, the next ones none.
 */
export function createJobWebhooks({
  sql,
  box,
  vetter,
}: {
  sql: Postgres['sql'];
  box: SecretBox;
  vetter: UrlVetter;
}): ResolveJobWebhook {
  const endpoints = new LRUCache<string, string, { tenantId: string; origin: string }>({
    max: originsMax,
    ttl: cacheMs,
    async fetchMethod(_key, _stale, { context: { tenantId, origin } }) {
      await withRequestTimeout(putWebhookSecret(sql, tenantId, box.seal(makeSecret(), tenantId)));
      return withRequestTimeout(ensureOneOff(sql, { id: newId('ep'), tenantId, origin }));
    },
  });
  return async (tenantId, { url: text, events }, pointer) => {
    const url = await vetter.vet(text, `${pointer}/url`);
    const { origin } = url;
    const endpoint = await endpoints.fetch(`${tenantId} ${origin}`, { context: { tenantId, origin } });
    if (endpoint === undefined) throw new Error('the endpoint of an origin was neither found nor created');
    return { url: url.href, endpoint, events };
  };
}

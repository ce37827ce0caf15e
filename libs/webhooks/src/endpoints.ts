import { newId, Problem, type EndpointPatch, type EndpointRequest } from '@turno/contract';
import {
  deleteEndpoint,
  type EndpointKey,
  type EndpointRow,
  findEndpoint,
  withRequestTimeout,
  insertEndpoint,
  type Postgres,
  rotateWebhookSecret,
  updateEndpoint,
} from '@turno/postgres';
import type { SecretBox } from '@turno/runtime';
import { makeSecret } from './sign.ts';
import type { UrlVetter } from './vet-url.ts';

export interface EndpointDeps {
  sql: Postgres['sql'];
  box: SecretBox;
  vetter: UrlVetter;
}

/** Endpoints of one tenant. Each of them costs a row per finished job. */
const endpointsMax = 50;
/** The time for which the secret before a rotation still signs. */
const oldSecretMs = 24 * 3_600_000;

/** The pseudo-endpoint whose secret signs deliveries to URLs that single jobs name. */
const jobsOwn = 'jobs';

export interface ShownSecret {
  secret: string;
  previousUntil: string | null;
}

/**
 * Registers an endpoint and returns it with its secret, which no later call returns.
 * Throws `invalid-request` or `too-many-endpoints`.
 */
export async function registerEndpoint(
  { sql, box, vetter }: EndpointDeps,
  tenantId: string,
  request: EndpointRequest,
): Promise<EndpointRow & { secret: string }> {
  const { href: url } = await vetter.vet(request.url, '/url');
  const id = newId('ep');
  const secret = makeSecret();
  const row = { id, tenantId, url, events: request.events, secret: box.seal(secret, id) };
  const endpoint = await withRequestTimeout(insertEndpoint(sql, row, endpointsMax));
  if (endpoint === undefined)
    throw new Problem('too-many-endpoints', { detail: `A tenant has at most ${endpointsMax}.` });
  return { ...endpoint, secret };
}

export async function readEndpoint({ sql }: Pick<EndpointDeps, 'sql'>, key: EndpointKey): Promise<EndpointRow> {
  return (await withRequestTimeout(findEndpoint(sql, key))) ?? throwNotFound();
}

/** Changes the given fields. Pending deliveries go to the new URL. Throws `endpoint-not-found`. */
export async function changeEndpoint(
  { sql, vetter }: Pick<EndpointDeps, 'sql' | 'vetter'>,
  key: EndpointKey,
  patch: EndpointPatch,
): Promise<EndpointRow> {
  const url = patch.url === undefined ? undefined : (await vetter.vet(patch.url, '/url')).href;
  return (await withRequestTimeout(updateEndpoint(sql, key, { ...patch, url }))) ?? throwNotFound();
}

/** Deletes an endpoint and its secret. Its pending deliveries are exhausted; its log stays. */
export async function removeEndpoint({ sql }: Pick<EndpointDeps, 'sql'>, key: EndpointKey): Promise<void> {
  if (!(await withRequestTimeout(deleteEndpoint(sql, key)))) throwNotFound();
}

/**
 * Replaces the secret and returns the new one, which no later call returns.
 * Both secrets sign every delivery for 24 hours.
 */
export async function rotateSecret({ sql, box }: Omit<EndpointDeps, 'vetter'>, key: EndpointKey): Promise<ShownSecret> {
  const owner = key.endpointId === jobsOwn ? key.tenantId : (await readEndpoint({ sql }, key)).id;
  const secret = makeSecret();
  const sealed = { ...box.seal(secret, owner), oldMs: oldSecretMs };
  const previousUntil = await withRequestTimeout(rotateWebhookSecret(sql, owner, sealed));
  return { secret, previousUntil };
}

function throwNotFound(): never {
  throw new Problem('endpoint-not-found');
}

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

/** Of one tenant. Each costs a row per finished job. */
const endpointsMax = 50;
/** How long the secret before a rotation goes on signing. */
const oldSecretMs = 24 * 3_600_000;

/** The pseudo-endpoint whose secret signs what goes to URLs that single jobs name. */
const jobsOwn = 'jobs';

export interface ShownSecret {
  secret: string;
  previousUntil: string | null;
}

/** Registers an endpoint; the secret is in this answer and in no other. Throws `invalid-request` or `too-many-endpoints`. */
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
  return (await withRequestTimeout(findEndpoint(sql, key))) ?? missing();
}

/** Changes what is given. Deliveries that wait go to the new URL. */
export async function changeEndpoint(
  { sql, vetter }: Pick<EndpointDeps, 'sql' | 'vetter'>,
  key: EndpointKey,
  patch: EndpointPatch,
): Promise<EndpointRow> {
  const url = patch.url === undefined ? undefined : (await vetter.vet(patch.url, '/url')).href;
  return (await withRequestTimeout(updateEndpoint(sql, key, { ...patch, url }))) ?? missing();
}

/** Deletes an endpoint and its secret; what still waits for it is exhausted, its log stays. */
export async function removeEndpoint({ sql }: Pick<EndpointDeps, 'sql'>, key: EndpointKey): Promise<void> {
  if (!(await withRequestTimeout(deleteEndpoint(sql, key)))) missing();
}

/** Makes a new secret, shown in this answer alone. For 24 hours every webhook carries signatures of both. */
export async function rotateSecret({ sql, box }: Omit<EndpointDeps, 'vetter'>, key: EndpointKey): Promise<ShownSecret> {
  const owner = key.endpointId === jobsOwn ? key.tenantId : (await readEndpoint({ sql }, key)).id;
  const secret = makeSecret();
  const sealed = { ...box.seal(secret, owner), oldMs: oldSecretMs };
  const previousUntil = await withRequestTimeout(rotateWebhookSecret(sql, owner, sealed));
  return { secret, previousUntil };
}

function missing(): never {
  throw new Problem('endpoint-not-found');
}

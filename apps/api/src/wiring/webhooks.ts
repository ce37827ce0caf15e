import type { Postgres } from '@turno/postgres';
import { createOutbound, createSecretBox, type ProcessLife } from '@turno/runtime';
import { createUrlVetter, type EndpointDeps } from '@turno/webhooks';
import type { Config } from '../config.ts';

/**
 * Opens the parts that register endpoints.
 * This process sends no delivery; it resolves host names to vet them.
 */
export function openWebhooks(settings: Config, { closers }: ProcessLife, sql: Postgres['sql']): EndpointDeps {
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('outbound', () => outbound.close());
  const box = createSecretBox(settings.SECRET_KEY, settings.SECRET_KEY_PREVIOUS);
  return { sql, box, vetter: createUrlVetter(outbound) };
}

import type { Postgres } from '@turno/postgres';
import { createOutbound, createSecretBox, type ProcessLife } from '@turno/runtime';
import { createJobWebhooks, createUrlVetter, type EndpointDeps, type ResolveJobWebhook } from '@turno/webhooks';
import type { Config } from '../config.ts';

/** What registers endpoints. This process sends nothing; it only asks where names lead. */
export function openWebhooks(
  settings: Config,
  sql: Postgres['sql'],
  { closers }: ProcessLife,
): EndpointDeps & { resolve: ResolveJobWebhook } {
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('outbound', () => outbound.close());
  const box = createSecretBox(settings.SECRET_KEY, settings.SECRET_KEY_PREVIOUS);
  const deps = { sql, box, vetter: createUrlVetter(outbound) };
  return { ...deps, resolve: createJobWebhooks(deps) };
}

import type { SubmitOptions } from '@turno/contract';
import type { OwnWebhook, ResolveJobWebhook } from '@turno/webhooks';

export interface OwnWebhookRequest {
  tenantId: string;
  options: Pick<SubmitOptions, 'webhook'>;
  /** JSON pointer to the job within its request. */
  base: string;
}

/**
 * Vets the receiver that a job itself names; undefined when it names none.
 * Throws `invalid-request`, its pointer below `base`, for a URL that leads to no public address.
 */
export async function resolveOwnWebhook(
  resolveJobWebhook: ResolveJobWebhook,
  { tenantId, options: { webhook }, base }: OwnWebhookRequest,
): Promise<OwnWebhook | undefined> {
  return webhook && resolveJobWebhook(tenantId, webhook, `${base}/options/webhook`);
}

import type { SubmitOptions } from '@turno/contract';
import type { Caller } from '@turno/tenants';
import type { OwnWebhook, ResolveJobWebhook } from '@turno/webhooks';

/**
 * The receiver that a request names for its job, vetted; undefined when it names none. Throws `invalid-request`, its pointer below
 * `base`, for a URL that leads to no public address.
 */
export async function ownWebhookOf(
  { jobWebhooks }: { jobWebhooks: ResolveJobWebhook },
  { tenantId }: Pick<Caller, 'tenantId'>,
  { request, base }: { request: { options: Pick<SubmitOptions, 'webhook'> }; base: string },
): Promise<OwnWebhook | undefined> {
  const { webhook } = request.options;
  return webhook && jobWebhooks(tenantId, webhook, `${base}/options/webhook`);
}

/** As it is kept with the job. */
export function toColumn(webhook: OwnWebhook | undefined): { webhooks?: string } {
  return webhook === undefined ? {} : { webhooks: JSON.stringify([webhook]) };
}

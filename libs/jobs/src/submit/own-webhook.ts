import type { SubmitOptions } from '@turno/contract';
import type { VetJobWebhooks, VettedWebhooks } from '@turno/webhooks';

export interface OwnWebhooksRequest {
  tenantId: string;
  /** Of each job, in order, with the JSON pointer to the job within its request. */
  jobs: readonly { options: Pick<SubmitOptions, 'webhook'>; base: string }[];
}

/**
 * Vets the receivers that the jobs of a request name themselves; writes nothing.
 * Throws `invalid-request`, its pointer below `base`, for a URL that leads to no public address.
 */
export async function vetOwnWebhooks(
  vetJobWebhooks: VetJobWebhooks,
  { tenantId, jobs }: OwnWebhooksRequest,
): Promise<VettedWebhooks> {
  const named = jobs.map(
    ({ options: { webhook }, base }) => webhook && { webhook, pointer: `${base}/options/webhook` },
  );
  if (named.some((one) => one !== undefined)) return vetJobWebhooks(tenantId, named);
  return { count: 0, hasNew: false, register: () => Promise.resolve(jobs.map(() => undefined)) };
}

import type { JobKey } from '@turno/postgres';

/** Encodes the notice of an erased job for the other processes. */
export function encodeErasedNotice({ tenantId, jobId }: JobKey): string {
  return `${tenantId} ${jobId}`;
}

/** Decodes the notice of an erased job. A malformed one names no job. */
export function decodeErasedNotice(text: string): JobKey {
  const [tenantId = '', jobId = ''] = text.split(' ');
  return { tenantId, jobId };
}

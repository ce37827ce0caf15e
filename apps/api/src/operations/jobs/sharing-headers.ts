import type { SubmittedJobs } from '@turno/jobs';

/** Builds `Cache-Status` (RFC 9211) and, for a reused result, `Age` (RFC 9111). */
export function sharingHeaders({ sharing }: SubmittedJobs): Record<string, string | undefined> {
  if (sharing === undefined) return {};
  if (sharing.how === 'hit') {
    return { 'Cache-Status': 'turno; hit', Age: String(Math.max(0, Math.floor(sharing.ageSeconds))) };
  }
  return { 'Cache-Status': sharing.how === 'coalesced' ? 'turno; fwd=miss; collapsed' : 'turno; fwd=miss' };
}

import type { Fragment, Sql } from 'postgres';

/** The channel on which Postgres notifies workers of attempts that must stop. */
export const stopChannel = 'turno_stop';

/** Attempts of this job up to this ticket must stop. */
export interface StopNotice {
  jobId: string;
  ticket: number;
}

export function encodeStopNotice({ jobId, ticket }: StopNotice): string {
  return `${jobId} ${ticket}`;
}

/** Encodes the notice of a row of `jobs` as `encodeStopNotice` does. */
export function encodeStopNoticeInSql(sql: Sql): Fragment {
  return sql`id || ' ' || ticket`;
}

/** Decodes a notice. The ticket of a malformed one is NaN, which no attempt's ticket is compared with successfully. */
export function decodeStopNotice(text: string): StopNotice {
  const [jobId = '', ticket] = text.split(' ');
  return { jobId, ticket: Number(ticket) };
}

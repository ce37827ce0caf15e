import { isId, parseTime } from '@turno/contract';
import type { JobPosition } from '@turno/postgres';

const pattern = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?\+00 (job_\w+)$/;

/**
 * Encodes a position in the list for clients.
 * The cursor gives no access: the key alone decides whose jobs are listed.
 */
export function toCursor({ createdAt, jobId }: JobPosition): string {
  return Buffer.from(`${createdAt} ${jobId}`).toString('base64url');
}

/** Decodes a cursor; undefined for text that `toCursor` cannot have made. */
export function parseCursor(cursor: string): JobPosition | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, day = '', time = '', jobId = ''] = pattern.exec(text) ?? [];
  if (!isId('job', jobId) || !isTime(`${day}T${time}Z`)) return undefined;
  const position = { createdAt: text.slice(0, -jobId.length - 1), jobId };
  return toCursor(position) === cursor ? position : undefined;
}

/** Returns true for a time that Postgres can compare: it has no year 0. */
function isTime(text: string): boolean {
  return parseTime(text) !== undefined && !text.startsWith('0000');
}

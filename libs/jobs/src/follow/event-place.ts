/**
 * Where a client stands in a job's events, which is also the id of each event: the last entry of the job's stream that it
 * has seen, and the version of the job that it knows. The one orders what only the stream holds, the other what Postgres knows too.
 */
export interface EventPlace {
  entry: string;
  version: number;
}

/** Of a client that was told the end as well. */
export interface KnownPlace extends EventPlace {
  done: boolean;
}

/** The entry before all others: where one stands who has seen none. */
export const noEntry = '0-0';

// Short enough for Redis, which refuses what is beyond 64 bits.
const form = /^(\d{1,15}-\d{1,15})\.(\d{1,9})(\.done)?$/;

export function toEventId({ entry, version }: EventPlace, done = false): string {
  return `${entry}.${version}${done ? '.done' : ''}`;
}

/** Undefined when it is no id of ours. */
export function parseEventId(text: string | undefined): KnownPlace | undefined {
  const [, entry, version, done] = form.exec(text ?? '') ?? [];
  return entry === undefined ? undefined : { entry, version: Number(version), done: done !== undefined };
}

/**
 * A client's position in the events of a job, which is also the id of each event.
 *
 * `entry` is the last entry of the job's stream that the client has received; it orders what only the stream has,
 * such as log lines. `version` is the version of the job that the client knows; Postgres has it too, so it stays
 * valid when Redis is emptied.
 */
export interface EventPosition {
  entry: string;
  version: number;
}

/** A client's position as its `Last-Event-ID` names it. `done`: it has received the last event too. */
export interface LastEvent extends EventPosition {
  done: boolean;
}

/** The id before all entries of a stream: the position of a client that has received none. */
export const noEntry = '0-0';

// Redis refuses ids beyond 64 bits, so longer numbers are rejected here.
const form = /^(\d{1,15}-\d{1,15})\.(\d{1,9})(\.done)?$/;

export function toEventId({ entry, version }: EventPosition, done = false): string {
  return `${entry}.${version}${done ? '.done' : ''}`;
}

/** Parses a `Last-Event-ID`. Undefined when the text is no event id of this service. */
export function parseEventId(text: string | undefined): LastEvent | undefined {
  const [, entry, version, done] = form.exec(text ?? '') ?? [];
  return entry === undefined ? undefined : { entry, version: Number(version), done: done !== undefined };
}

import type { Socket } from 'node:net';

/** Protocol 3.0, the second word of what a client says first. Source: "Message Formats" in the manual of PostgreSQL. */
const protocol = 196_608;

/** As long as the driver may keep small writes back. */
const heldBackBytesMax = 1_024;

/**
 * A number as the server takes it, so long that no greeting with it is held back. The driver keeps writes of less than a KiB until the end of a
 * turn. A connection that ends in between forgets to write for good: it keeps what it has, and each new greeting is held back too and runs into
 * `connect_timeout`, until there is a KiB of them after half a minute.
 */
export function longNumber(value: number): string {
  return String(value).padStart(heldBackBytesMax);
}

/** Cuts off what an ended connection has left before the greeting of this new one; the server would take it for nonsense and hang up. */
export function sayGreetingOnly(socket: Socket): void {
  const write = socket.write.bind(socket) as (bytes: Buffer, ...more: unknown[]) => boolean;
  const first = (bytes: Buffer, ...more: unknown[]) => {
    Reflect.deleteProperty(socket, 'write');
    return write(greetingIn(bytes), ...more);
  };
  Object.assign(socket, { write: first });
}

/** From the last place at which a greeting begins; all of it where there is none. */
function greetingIn(bytes: Buffer): Buffer {
  for (let start = bytes.length - 8; start > 0; start -= 1) {
    if (bytes.readInt32BE(start + 4) === protocol && bytes.readInt32BE(start) === bytes.length - start)
      return bytes.subarray(start);
  }
  return bytes;
}

import type { Socket } from 'node:net';

/** Protocol 3.0, the second word of a startup packet. Source: "Message Formats" in the manual of PostgreSQL. */
const protocol = 196_608;

/** The driver may delay writes up to this size. */
const delayedBytesMax = 1_024;

/**
 * Pads a number of the startup packet so that the packet is never delayed. The driver collects writes of less than 1
 * KiB until the end of a turn of the event loop. A connection that closes before then never writes again: it stores
 * each new startup packet too, and each runs into `connect_timeout`, until there is 1 KiB of them after half a minute.
 */
export function longNumber(value: number): string {
  return String(value).padStart(delayedBytesMax);
}

/**
 * Drops the bytes before a new connection's startup packet: a closed connection left them, and the server would close
 * this one too.
 */
export function sendStartupPacketOnly(socket: Socket): void {
  const write = socket.write.bind(socket) as (bytes: Buffer, ...more: unknown[]) => boolean;
  const first = (bytes: Buffer, ...more: unknown[]) => {
    Reflect.deleteProperty(socket, 'write');
    return write(startupPacketIn(bytes), ...more);
  };
  Object.assign(socket, { write: first });
}

/** The bytes from the last startup packet on; all bytes when there is none. */
function startupPacketIn(bytes: Buffer): Buffer {
  for (let start = bytes.length - 8; start > 0; start -= 1) {
    if (bytes.readInt32BE(start + 4) === protocol && bytes.readInt32BE(start) === bytes.length - start)
      return bytes.subarray(start);
  }
  return bytes;
}

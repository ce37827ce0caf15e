import type { Socket } from 'node:net';

const backendKeyData = 'K'.charCodeAt(0);
const greetingBytesMax = 16_384;

/**
 * Tells which backend of the server serves this connection, by the number that it sends when it greets. Each message is a type byte and
 * a length, then its body.
 */
export function readBackendPid(socket: Socket, tell: (pid: number) => void): void {
  let heard = Buffer.alloc(0);
  const listen = (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
    const pid = findPid(heard);
    if (pid !== undefined) tell(pid);
    if (pid !== undefined || heard.length > greetingBytesMax) socket.off('data', listen);
  };
  socket.on('data', listen);
}

function findPid(heard: Buffer): number | undefined {
  for (let at = 0; at + 9 <= heard.length; at += 1 + heard.readUInt32BE(at + 1)) {
    if (heard[at] === backendKeyData) return heard.readInt32BE(at + 5);
  }
  return undefined;
}

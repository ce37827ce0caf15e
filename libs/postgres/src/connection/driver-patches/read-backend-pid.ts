import type { Socket } from 'node:net';

const backendKeyData = 'K'.charCodeAt(0);
const startupBytesMax = 16_384;

/**
 * Calls `onPid` with the process id of the backend that serves this connection. The server sends it in its
 * BackendKeyData message after the startup packet. Each message is a type byte and a length, then its body.
 */
export function readBackendPid(socket: Socket, onPid: (pid: number) => void): void {
  let received = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const pid = findPid(received);
    if (pid !== undefined) onPid(pid);
    if (pid !== undefined || received.length > startupBytesMax) socket.off('data', read);
  };
  socket.on('data', read);
}

function findPid(received: Buffer): number | undefined {
  for (let at = 0; at + 9 <= received.length; at += 1 + received.readUInt32BE(at + 1)) {
    if (received[at] === backendKeyData) return received.readInt32BE(at + 5);
  }
  return undefined;
}

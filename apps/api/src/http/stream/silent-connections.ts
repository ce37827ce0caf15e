import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches connections without a complete request head, such as those that clients open in advance.
 * The returned function destroys them: a server that closes would wait for them, since its own timers for them have
 * stopped by then.
 */
export function watchSilentConnections(server: Server): () => void {
  const silentSockets = new Set<Socket>();
  server.on('connection', (socket) => {
    silentSockets.add(socket);
    socket.once('close', () => silentSockets.delete(socket));
  });
  server.on('request', (req) => silentSockets.delete(req.socket));
  return () => silentSockets.forEach((socket) => socket.destroy());
}

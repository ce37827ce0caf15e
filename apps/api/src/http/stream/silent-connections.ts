import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps count of connections that have not sent a whole head yet, such as those that clients open ahead of a request. The
 * returned function cuts them: a server that closes would wait for them, and its own timers for them have ended by then.
 */
export function watchSilentConnections(server: Server): () => void {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', (req) => silent.delete(req.socket));
  return () => silent.forEach((socket) => socket.destroy());
}

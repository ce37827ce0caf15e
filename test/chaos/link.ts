import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line between processes and a store that can break in the ways in which networks break. */
export interface Link {
  port: number;
  /** Cuts what is connected and hangs up on whoever comes. */
  cut(): void;
  /** Lets nothing through any more, while all sockets stay open and new ones are taken. */
  hang(): void;
  /** Well again. Connections that hung go on where they were. */
  heal(): void;
  close(): void;
}

/** `targetPort` is asked for each connection, so that the server behind may move. */
export async function openLink(targetPort: () => number): Promise<Link> {
  const sockets = new Set<Socket>();
  let state: 'well' | 'cut' | 'hung' = 'well';
  const keep = (socket: Socket) => {
    sockets.add(socket.setNoDelay(true).on('error', () => socket.destroy()));
    return socket.once('close', () => sockets.delete(socket));
  };
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => void (state !== 'hung' && from.resume()));
    from.once('close', () => to.destroy());
  };
  const server = createServer((caller) => {
    if (state === 'cut') return void caller.destroy();
    const target = keep(connect(targetPort(), '127.0.0.1'));
    pass(keep(caller), target);
    pass(target, caller);
    if (state === 'hung') for (const socket of [caller, target]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    state = 'cut';
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    hang() {
      state = 'hung';
      for (const socket of sockets) socket.pause();
    },
    heal() {
      state = 'well';
      for (const socket of sockets) socket.resume();
    },
    close: () => void (cut(), server.close()),
  };
}

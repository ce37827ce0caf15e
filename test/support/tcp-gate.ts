import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** Connect here instead of to the server behind it. */
  port: number;
  open(): void;
  /** Cuts what is connected and hangs up on whoever comes. */
  shut(): void;
  close(): void;
}

/** A door in front of a server on this machine, open at first. */
export async function openTcpGate(targetPort: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((caller) => {
    if (!isOpen) return void caller.destroy();
    const target = keep(connect(targetPort, '127.0.0.1'));
    keep(caller).pipe(target).pipe(caller);
    caller.once('close', () => target.destroy());
    target.once('close', () => caller.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    open: () => void (isOpen = true),
    shut,
    close: () => void (shut(), server.close()),
  };
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** Connect here instead of to the server behind it. */
  port: number;
  /** Well again. Connections that hung go on where they were. */
  open(): void;
  /** Cuts what is connected and hangs up on whoever comes. */
  shut(): void;
  /** Lets nothing through any more, while all sockets stay open and new ones are taken. */
  hang(): void;
  /** What is connected now hangs for good, new connections get through. */
  swallow(): void;
  close(): void;
}

/** A door in front of a server on this machine, open at first. */
export async function openTcpGate(targetPort: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'shut' | 'hung' = 'open';
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    return socket.once('close', () => sockets.delete(socket));
  };
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => void to.write(chunk));
    from.once('close', () => to.destroy());
    if (state === 'hung') from.pause();
  };
  const server = createServer((caller) => {
    if (state === 'shut') return void caller.destroy();
    const target = keep(connect(targetPort, '127.0.0.1'));
    pass(keep(caller), target);
    pass(target, caller);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = () => {
    state = 'shut';
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    open() {
      state = 'open';
      for (const socket of sockets) socket.resume();
    },
    shut,
    hang() {
      state = 'hung';
      for (const socket of sockets) socket.pause();
    },
    swallow() {
      for (const socket of sockets) socket.pause();
    },
    close: () => void (shut(), server.close()),
  };
}

/** The same address, through a gate. */
export async function throughGate(address: string): Promise<{ gate: TcpGate; url: string }> {
  const url = new URL(address);
  const gate = await openTcpGate(Number(url.port));
  url.port = String(gate.port);
  return { gate, url: url.href };
}

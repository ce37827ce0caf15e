import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** Connect here instead of to the server behind it. */
  port: number;
  open(): void;
  /** Cuts what is connected and hangs up on whoever comes. */
  shut(): void;
  /** Keeps every connection, takes new ones, and passes nothing on until it is opened again. */
  hang(): void;
  close(): void;
}

/** A door in front of a server on this machine, open at first. */
export async function openTcpGate(targetPort: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'shut' | 'hanging' = 'open';
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    return socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((caller) => {
    if (state === 'shut') return void caller.destroy();
    const target = keep(connect(targetPort, '127.0.0.1'));
    const pair = [keep(caller), target] as const;
    pairs.add(pair);
    if (state === 'open') caller.pipe(target).pipe(caller);
    caller.once('close', () => (target.destroy(), pairs.delete(pair)));
    target.once('close', () => caller.destroy());
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
      if (state === 'hanging') for (const [caller, target] of pairs) caller.pipe(target).pipe(caller);
      state = 'open';
    },
    shut,
    hang() {
      state = 'hanging';
      for (const [caller, target] of pairs) {
        caller.unpipe(target);
        target.unpipe(caller);
      }
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

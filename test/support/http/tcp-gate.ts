import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** Connect here instead of to the server behind it. */
  port: number;
  /** Well again. Connections that hung go on where they were; muted ones lack what was swallowed, so shut it before. */
  open(): void;
  /** Cuts what is connected and hangs up on whoever comes. */
  shut(): void;
  /** Lets nothing through any more, while all sockets stay open and new ones are taken. */
  hang(): void;
  /** What is connected now hangs for good, new connections get through. */
  swallow(): void;
  /** What callers say goes through, what the server answers is swallowed. */
  mute(): void;
  /** Mute from the moment at which a caller says this, which goes through: other words may be under way before. */
  muteAt(text: string): void;
  close(): void;
}

/**
 * A door in front of a server on this machine, open at first. A port that is a function is asked for each connection,
 * so that the server behind may move.
 */
export async function openTcpGate(targetPort: number | (() => number)): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  const swallowed = new Set<Socket>();
  let state: 'open' | 'shut' | 'hung' | 'muted' = 'open';
  let muteText: string | undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket.setNoDelay(true).on('error', () => socket.destroy()));
    return socket.once('close', () => sockets.delete(socket));
  };
  const pass = (from: Socket, to: Socket, isAnswer: boolean) => {
    from.on('data', (chunk: Buffer) => {
      if (!isAnswer && muteText !== undefined && chunk.includes(muteText)) {
        muteText = undefined;
        state = 'muted';
      }
      if (!(isAnswer && state === 'muted') && !to.write(chunk)) from.pause();
    });
    to.on('drain', () => void (state !== 'hung' && !swallowed.has(from) && from.resume()));
    from.once('close', () => to.destroy());
    if (state === 'hung') from.pause();
  };
  const server = createServer((caller) => {
    if (state === 'shut') return void caller.destroy();
    const target = keep(connect(typeof targetPort === 'number' ? targetPort : targetPort(), '127.0.0.1'));
    pass(keep(caller), target, false);
    pass(target, caller, true);
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
      swallowed.clear();
      for (const socket of sockets) socket.resume();
    },
    shut,
    hang() {
      state = 'hung';
      for (const socket of sockets) socket.pause();
    },
    swallow() {
      for (const socket of sockets) swallowed.add(socket.pause());
    },
    mute: () => void (state = 'muted'),
    muteAt: (text) => void (muteText = text),
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

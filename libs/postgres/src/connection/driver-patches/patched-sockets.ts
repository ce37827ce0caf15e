import { connect, type Socket } from 'node:net';
import type { Encryption } from '@turno/runtime';
import { endImmediately } from './end-immediately.ts';
import { readBackendPid } from './read-backend-pid.ts';
import { sendStartupPacketOnly } from './send-startup-packet.ts';
import { secureSocket } from './secure-socket.ts';

/** Applies the patches to a socket before the driver gets it, and records when the server was last silent on it. */
function patch(link: Link, socket: Socket): Socket {
  link.socket = socket;
  readBackendPid(socket, (pid) => (link.pid = pid));
  sendStartupPacketOnly(socket);
  endImmediately(socket);
  return socket.on('data', () => {
    link.writtenBefore = socket.bytesWritten;
    link.silentSince = undefined;
    link.receivedAt = performance.now();
  });
}

/** The driver's own description of a server to connect to. */
interface Target {
  host: string[];
  port: number[];
  /** The path of a Unix socket, or false. */
  path: string | false;
}

/** A connection on which a request was sent and nothing was received since. */
export interface SilentLink {
  /** The process id of the server's backend. */
  pid: number;
  stillSilent(): boolean;
  cut(): void;
}

/** The connections of a pool. */
export interface Links {
  /** Opens a connection and adds it to the set. The socket comes at once, unless it is encrypted. */
  open(target: unknown): Socket | Promise<Socket>;
  /** Closes all connections; their statements fail as after a lost connection. */
  cut(): void;
  count(): number;
  /** Returns whether a connection has received nothing since its last request. */
  isWaiting(): boolean;
  /** Returns the bytes sent on all open connections. */
  bytesWritten(): number;
  /** Returns whether any connection received something within the last `ms`. */
  receivedWithin(ms: number): boolean;
  /** Returns the connections that were silent for `forMs`, counted from the call that first found them silent. */
  silent(forMs: number): SilentLink[];
}

interface Link {
  socket: Socket;
  pid: number | undefined;
  /** The bytes written before the last bytes were received. */
  writtenBefore: number;
  silentSince: number | undefined;
  receivedAt: number;
}

/** Creates the set of a pool's connections, whose sockets have the patches. */
export function createLinks(encryption?: Encryption): Links {
  const links = new Set<Link>();
  let opened = 0;
  const living = () => {
    for (const link of links) if (link.socket.destroyed) links.delete(link);
    return [...links];
  };
  return {
    open(target) {
      const { host, port, path } = target as Target;
      const index = opened++ % host.length;
      const to = { host: host[index] ?? 'localhost', port: port[index] ?? 5432 };
      const raw = path === false ? connect(to) : connect(path);
      const link: Link = {
        socket: raw,
        pid: undefined,
        writtenBefore: 0,
        silentSince: undefined,
        receivedAt: -Infinity,
      };
      links.add(link);
      if (encryption === undefined) return patch(link, raw);
      return secureSocket(raw, to.host, encryption).then((socket) => patch(link, socket));
    },
    cut: () => living().forEach(({ socket }) => socket.destroy()),
    count: () => living().length,
    isWaiting: () =>
      living().some(({ pid, socket, writtenBefore }) => pid === undefined || socket.bytesWritten > writtenBefore),
    bytesWritten: () => living().reduce((sum, { socket }) => sum + socket.bytesWritten, 0),
    receivedWithin: (ms) => living().some(({ receivedAt }) => performance.now() - receivedAt <= ms),
    silent(forMs) {
      const now = performance.now();
      return living().flatMap((link) => {
        const { pid, socket } = link;
        if (socket.bytesWritten > link.writtenBefore) link.silentSince ??= now;
        if (pid === undefined || now - (link.silentSince ?? now) < forMs) return [];
        return [{ pid, stillSilent: () => link.silentSince !== undefined, cut: () => void socket.destroy() }];
      });
    },
  };
}

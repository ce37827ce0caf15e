import { connect, type Socket } from 'node:net';
import { endImmediately } from './end-immediately.ts';
import { readBackendPid } from './read-backend-pid.ts';
import { sayGreetingOnly } from './send-startup-packet.ts';
import { type Encryption, secureSocket } from './secure-socket.ts';

/** Hears what is said on a socket that the driver is about to be given, and mends what the driver does with it. */
function watch(link: Link, socket: Socket): Socket {
  link.socket = socket;
  readBackendPid(socket, (pid) => (link.pid = pid));
  sayGreetingOnly(socket);
  endImmediately(socket);
  return socket.on('data', () => {
    link.saidBefore = socket.bytesWritten;
    link.silentSince = undefined;
  });
}

/** What the driver tells of where to connect. */
interface Target {
  host: string[];
  port: number[];
  /** Of a Unix socket, or false. */
  path: string | false;
}

/** One connection that was asked something and has said nothing since. */
export interface SilentLink {
  /** The backend of the server at its other end. */
  pid: number;
  stillSilent(): boolean;
  cut(): void;
}

/** The connections of a pool. */
export interface Links {
  /** Opens a connection and remembers it. At once, unless it is to be encrypted. */
  open(target: unknown): Socket | Promise<Socket>;
  /** Ends all of them at once; their statements fail as after a lost connection. */
  cut(): void;
  count(): number;
  /** Those that have been silent for so long at least, counted from the call that first found them so. */
  silent(forMs: number): SilentLink[];
}

interface Link {
  socket: Socket;
  pid: number | undefined;
  /** How much had been said when something was heard last. */
  saidBefore: number;
  silentSince: number | undefined;
}

export function createLinks(encryption?: Encryption): Links {
  const links = new Set<Link>();
  let turn = 0;
  const living = () => {
    for (const link of links) if (link.socket.destroyed) links.delete(link);
    return [...links];
  };
  return {
    open(target) {
      const { host, port, path } = target as Target;
      const index = turn++ % host.length;
      const to = { host: host[index] ?? 'localhost', port: port[index] ?? 5432 };
      const raw = path === false ? connect(to) : connect(path);
      const link: Link = { socket: raw, pid: undefined, saidBefore: 0, silentSince: undefined };
      links.add(link);
      if (encryption === undefined) return watch(link, raw);
      return secureSocket(raw, to.host, encryption).then((socket) => watch(link, socket));
    },
    cut: () => living().forEach(({ socket }) => socket.destroy()),
    count: () => living().length,
    silent(forMs) {
      const now = performance.now();
      return living().flatMap((link) => {
        const { pid, socket } = link;
        if (socket.bytesWritten > link.saidBefore) link.silentSince ??= now;
        if (pid === undefined || now - (link.silentSince ?? now) < forMs) return [];
        return [{ pid, stillSilent: () => link.silentSince !== undefined, cut: () => void socket.destroy() }];
      });
    },
  };
}

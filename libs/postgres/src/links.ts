import { connect, type Socket } from 'node:net';
import { endAtOnce } from './end-at-once.ts';
import { hearBackend } from './hear-backend.ts';
import { sayGreetingOnly } from './say-greeting.ts';

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
  /** Opens a connection and remembers it. */
  open(target: unknown): Socket;
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

export function createLinks(): Links {
  const links = new Set<Link>();
  let turn = 0;
  const living = () => {
    // A close may go unheard: for TLS the driver takes all listeners off.
    for (const link of links) if (link.socket.destroyed) links.delete(link);
    return [...links];
  };
  return {
    open(target) {
      const { host, port, path } = target as Target;
      const index = turn++ % host.length;
      const to = { host: host[index] ?? 'localhost', port: port[index] ?? 5432 };
      const socket = path === false ? connect(to) : connect(path);
      const link: Link = { socket, pid: undefined, saidBefore: 0, silentSince: undefined };
      links.add(link);
      hearBackend(socket, (pid) => (link.pid = pid));
      sayGreetingOnly(socket);
      endAtOnce(socket);
      socket.on('data', () => {
        link.saidBefore = socket.bytesWritten;
        link.silentSince = undefined;
      });
      return Object.assign(socket, to); // the driver checks a certificate against the host it finds here
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

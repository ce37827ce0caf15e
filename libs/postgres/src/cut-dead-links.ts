import { connect, type Socket } from 'node:net';
import postgres from 'postgres';
import { isConnectionError } from './connection-error.ts';

/** What the driver tells of where to connect. */
interface Target {
  host: string[];
  port: number[];
  /** Of a Unix socket, or false. */
  path: string | false;
}

export interface Links {
  /** Opens a connection and remembers it. */
  open(target: unknown): Socket;
  /** Ends all of them at once; their statements fail as after a lost connection. */
  cut(): void;
  count(): number;
}

export function createLinks(): Links {
  const sockets = new Set<Socket>();
  let turn = 0;
  return {
    open(target) {
      const { host, port, path } = target as Target;
      const index = turn++ % host.length;
      const to = { host: host[index] ?? 'localhost', port: port[index] ?? 5432 };
      const socket = path === false ? connect(to) : connect(path);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return Object.assign(socket, to); // the driver checks a certificate against the host it finds here
    },
    cut: () => sockets.forEach((socket) => socket.destroy()),
    count: () => sockets.size,
  };
}

const lookEveryMs = 500;
const patienceMs = 1_000;

export interface CutOptions {
  url: string;
  links: Links;
  ask: () => Promise<unknown>;
}

/** Longer than a statement may take: then no pool is merely busy. */
const busyMsMax = 35_000;

/**
 * Looks whether the server still answers. A frozen server or a link that swallows everything leaves sockets open and statements
 * waiting for minutes; about four seconds after the last answer they are cut, and fail like those of a server that is away.
 * A pool that is merely busy is told from that by a connection of its own, opened only when in doubt.
 */
export function cutDeadLinks({ url, links, ask }: CutOptions): () => void {
  let askedAt: number | undefined;
  let probing = false;
  const look = async () => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      const answered = () => (askedAt = undefined);
      ask().then(answered, answered);
    } else if (!probing && Date.now() - askedAt > patienceMs) {
      probing = true;
      const isDead = !(await isThere(url)) || Date.now() - askedAt > busyMsMax;
      probing = false;
      // The answer may have come by now, such as when this process itself was frozen.
      if (isDead && askedAt !== undefined) links.cut();
    }
  };
  const timer = setInterval(() => {
    if (links.count() > 0 || askedAt !== undefined) void look();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** True when a new connection gets any answer, be it a refusal. */
async function isThere(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
  try {
    await sql`SELECT 1`;
    return true;
  } catch (error) {
    return !isConnectionError(error) || isServerAnswer(error);
  } finally {
    void sql.end({ timeout: 0 }).catch(() => {});
  }
}

function isServerAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

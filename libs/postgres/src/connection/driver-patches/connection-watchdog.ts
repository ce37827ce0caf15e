import postgres from 'postgres';
import { isConnectionError } from '../connection-error.ts';
import type { Links, SilentLink } from './patched-sockets.ts';

const lookEveryMs = 500;
const timeoutMs = 1_000;
const silentMsMax = 2_000;

export interface WatchdogOptions {
  url: string;
  links: Links;
  ask: () => Promise<unknown>;
}

/** Longer than a statement may take: then no pool is merely busy. */
const busyMsMax = 35_000;

/**
 * Looks whether the server still answers, and on which connections. A frozen server or a link that swallows everything leaves
 * sockets open and statements waiting for minutes; about four seconds after the last answer all are cut, and fail like those of a
 * server that is away. One connection that is silent while its backend does nothing is cut by itself after about three. What is merely
 * busy is told from that by asking on a connection of its own, opened only when in doubt: no statement is cut for being slow.
 */
export function watchConnections({ url, links, ask }: WatchdogOptions): () => void {
  let askedAt: number | undefined;
  let probing = false;
  const probe = async (suspects: SilentLink[]) => {
    const idle = await idleBackends(
      url,
      suspects.map(({ pid }) => pid),
    );
    for (const link of suspects) if (idle?.has(link.pid) && link.stillSilent()) link.cut();
    // The answer may have come by now, such as when this process itself was frozen.
    const askedForMs = askedAt === undefined ? 0 : performance.now() - askedAt;
    if (askedForMs > busyMsMax || (idle === undefined && askedForMs > timeoutMs)) links.cut();
  };
  const look = async () => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      const answered = () => (askedAt = undefined);
      ask().then(answered, answered);
    }
    const suspects = links.silent(silentMsMax);
    if (probing || (suspects.length === 0 && performance.now() - askedAt <= timeoutMs)) return;
    probing = true;
    await probe(suspects);
    probing = false;
  };
  const timer = setInterval(() => {
    if (links.count() > 0 || askedAt !== undefined) void look();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Which of these backends wait for their client: no statement of theirs is being worked on. Asked on a new connection; undefined when
 * that gets no answer. A refusal is one too.
 */
async function idleBackends(url: string, pids: number[]): Promise<Set<number> | undefined> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
  try {
    // As text: this client has not asked how arrays are written.
    const rows = await sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity
      WHERE pid = ANY (${`{${pids.join(',')}}`}::text::int[]) AND (state <> 'active' OR wait_event_type = 'Client')`;
    return new Set(rows.map(({ pid }) => pid));
  } catch (error) {
    return isServerAnswer(error) || !isConnectionError(error) ? new Set() : undefined;
  } finally {
    void sql.end({ timeout: 0 }).catch(() => {});
  }
}

function isServerAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

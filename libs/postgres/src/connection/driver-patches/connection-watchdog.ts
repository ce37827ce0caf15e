import postgres from 'postgres';
import { isConnectionError } from '../connection-error.ts';
import { toDriverOptions } from '../driver-options.ts';
import { withStatementTimeout } from '../request-timeout.ts';
import type { Links, SilentLink } from './patched-sockets.ts';

const checkEveryMs = 500;
const timeoutMs = 1_000;
/** While responses come more often, they show that the server answers. */
const quietMs = 1_000;
const silentMsMax = 2_000;
const checkMsMax = 3_000;

export interface WatchdogOptions {
  url: string;
  links: Links;
  /** Sends a cheap statement through the pool. */
  probe: () => Promise<unknown>;
}

/** Longer than a statement may take: a pool that is silent for so long is not just busy. */
const busyMsMax = 35_000;

/**
 * Checks whether the server still answers, and on which connections. A frozen server or a link that drops all packets
 * leaves sockets open and statements waiting for minutes: all connections are closed about four seconds after the last
 * response, and their statements fail like those of a server that is away. A single connection that is silent while its
 * backend is idle is closed after about three seconds. A separate connection, opened only in doubt, reads whether a
 * backend is idle or busy: no slow statement is ever cut.
 */
export function watchConnections({ url, links, probe }: WatchdogOptions): () => void {
  let probedAt: number | undefined;
  let isChecking = false;
  let provenBytes = 0;
  const check = async (suspects: SilentLink[]) => {
    const idle = await idleBackends(
      url,
      suspects.map(({ pid }) => pid),
    );
    for (const link of suspects) if (idle?.has(link.pid) && link.stillSilent()) link.cut();
    // The response may have arrived by now, such as after this process itself was frozen.
    const waitedMs = probedAt === undefined ? 0 : performance.now() - probedAt;
    if (waitedMs > busyMsMax || (idle === undefined && waitedMs > timeoutMs)) links.cut();
  };
  // An idle pool is not probed. A response may be that of an earlier request on its connection, so a probe follows the
  // last request unless responses go on.
  const isIdle = () => !links.isWaiting() && (links.bytesWritten() === provenBytes || links.receivedWithin(quietMs));
  const tick = async () => {
    if (probedAt === undefined) {
      if (isIdle()) return;
      probedAt = performance.now();
      const answered = () => {
        probedAt = undefined;
        provenBytes = links.bytesWritten();
      };
      probe().then(answered, answered);
    }
    const suspects = links.silent(silentMsMax);
    if (isChecking || (suspects.length === 0 && performance.now() - probedAt <= timeoutMs)) return;
    isChecking = true;
    await check(suspects);
    isChecking = false;
  };
  const timer = setInterval(() => {
    if (links.count() > 0 || probedAt !== undefined) void tick();
  }, checkEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Reads which of these backends wait for their client, so that none of their statements is in progress. Uses a new
 * connection; undefined when the server does not respond on it. A refusal is a response too.
 */
async function idleBackends(url: string, pids: number[]): Promise<Set<number> | undefined> {
  const { links, ...server } = toDriverOptions(url);
  const sql = postgres({ ...server, max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
  try {
    // As text: this client has not read the server's array types.
    const reading = sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity
      WHERE pid = ANY (${`{${pids.join(',')}}`}::text::int[]) AND (state <> 'active' OR wait_event_type = 'Client')`;
    const rows = await withStatementTimeout(checkMsMax, reading); // the link may end while this statement waits
    return new Set(rows.map(({ pid }) => pid));
  } catch (error) {
    return isServerAnswer(error) || !isConnectionError(error) ? new Set() : undefined;
  } finally {
    void sql
      .end({ timeout: 0 })
      .catch(() => {})
      .finally(() => links.cut());
  }
}

function isServerAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

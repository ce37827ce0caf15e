import { createBatcher, type JobKey, type Postgres, readVersions } from '@turno/postgres';

/** A waiter or follower that polls its job's version. */
export interface VersionPoller extends JobKey {
  /** Returns the version it knows already. */
  known(): number;
  /** Called when Postgres has another version, or no such job. */
  onChange(): void;
}

export interface VersionPolls {
  /** Polls for this poller until the returned function is called. */
  add(poller: VersionPoller): () => void;
  close(): void;
}

const pollEveryMs = 500;
/** While signals arrive, a poller is due in every fourth round: each within 2 s, with an even load. */
const rounds = 4;
const rowsMax = 500;
const timeoutMs = 1_800;

/**
 * Creates the polling of job versions, the fallback for signals that Redis lost.
 * It reads many versions by one statement, each every 2 s, and every 500 ms while no signal can arrive.
 */
export function createVersionPolls({
  sql,
  isConnected,
}: {
  sql: Postgres['sql'];
  isConnected: () => boolean;
}): VersionPolls {
  const pollers = new Map<VersionPoller, number>();
  const polling = new Set<VersionPoller>();
  const versions = createBatcher<JobKey, number | undefined>({
    flush: (keys) => readVersions(sql, keys),
    key: (key) => key.jobId,
    rowsMax,
    timeoutMs,
  });
  const poll = async (poller: VersionPoller) => {
    polling.add(poller);
    try {
      if ((await versions.add(poller)) !== poller.known() && pollers.has(poller)) poller.onChange();
    } catch {
      // Postgres is away too; the next round polls again.
    } finally {
      polling.delete(poller);
    }
  };
  let added = 0;
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    const all = !isConnected();
    for (const [poller, turn] of pollers)
      if ((all || round % rounds === turn) && !polling.has(poller)) void poll(poller);
  }, pollEveryMs);
  return {
    add(poller) {
      added += 1;
      pollers.set(poller, added % rounds);
      return () => void pollers.delete(poller);
    },
    close: () => clearInterval(timer),
  };
}

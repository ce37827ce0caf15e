import { createBatcher, type JobKey, type Postgres, readVersions } from '@turno/postgres';

/** Somebody who waits for news of a job. */
export interface PolledVersion extends JobKey {
  /** The version he knows. */
  known(): number;
  /** Called when Postgres holds another one, or no such job. */
  ring(): void;
}

export interface VersionPolls {
  /** Looks after this one until the returned function is called. */
  add(one: PolledVersion): () => void;
  close(): void;
}

const lookEveryMs = 500;
/** While signals come, each one's turn is every fourth look: all are looked after within 2 s, and the load is even. */
const turns = 4;
const rowsMax = 500;
const timeoutMs = 1_800;

/**
 * The net below the signals, which may be lost with Redis: asks Postgres for the versions of all jobs that are waited for, many by
 * one statement, every 2 s, and every 500 ms while no signals can come. Whoever knows the version already is not woken.
 */
export function createVersionPolls({
  sql,
  isConnected,
}: {
  sql: Postgres['sql'];
  isConnected: () => boolean;
}): VersionPolls {
  const waiting = new Map<PolledVersion, number>();
  const asking = new Set<PolledVersion>();
  const versions = createBatcher<JobKey, number | undefined>({
    flush: (keys) => readVersions(sql, keys),
    key: (key) => key.jobId,
    rowsMax,
    timeoutMs,
  });
  const ask = async (one: PolledVersion) => {
    asking.add(one);
    try {
      if ((await versions.add(one)) !== one.known() && waiting.has(one)) one.ring();
    } catch {
      // Postgres is away as well: there will be another look
    } finally {
      asking.delete(one);
    }
  };
  let added = 0;
  let look = 0;
  const timer = setInterval(() => {
    look += 1;
    const all = !isConnected();
    for (const [one, turn] of waiting) if ((all || look % turns === turn) && !asking.has(one)) void ask(one);
  }, lookEveryMs);
  return {
    add(one) {
      added += 1;
      waiting.set(one, added % turns);
      return () => void waiting.delete(one);
    },
    close: () => clearInterval(timer),
  };
}

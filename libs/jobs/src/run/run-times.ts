/** How long the handlers of each kind ran lately, in this process. */
export interface RunTimes {
  record(kind: string, ms: number): void;
  /** Returns whether at most one in a hundred recent runs of the kind was long. False for a kind with few runs. */
  isShort(kind: string): boolean;
}

export interface RunTimeOptions {
  /** A run up to this time is short. */
  shortMs: number;
  /** The number of runs from which a kind is known. */
  runsMin: number;
}

const runsMax = 200;
const longShare = 0.01;

/** The latest runs of a kind as a ring: whether each was long, and how many were. */
interface Recent {
  long: Uint8Array;
  runs: number;
  next: number;
  longRuns: number;
}

/** Creates the record of run times. It keeps the latest 200 runs of each kind. */
export function createRunTimes({ shortMs, runsMin }: RunTimeOptions): RunTimes {
  const kinds = new Map<string, Recent>();
  return {
    record(kind, ms) {
      let recent = kinds.get(kind);
      if (recent === undefined)
        kinds.set(kind, (recent = { long: new Uint8Array(runsMax), runs: 0, next: 0, longRuns: 0 }));
      const isLong = ms > shortMs ? 1 : 0;
      recent.longRuns += isLong - (recent.long[recent.next] ?? 0);
      recent.long[recent.next] = isLong;
      recent.next = (recent.next + 1) % runsMax;
      recent.runs = Math.min(runsMax, recent.runs + 1);
    },
    isShort(kind) {
      const { runs, longRuns } = kinds.get(kind) ?? { runs: 0, longRuns: 0 };
      return runs >= runsMin && longRuns <= runs * longShare;
    },
  };
}

/** What a supervisor is to run, passed to it as JSON. Holds no secrets: everybody may read a command line. */
export interface SupervisorOrder {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Sent in turn, each given `stopStepMs`, until the process is gone. */
  stopSignals: NodeJS.Signals[];
  stopStepMs: number;
  /** Start it again when it ends unasked. */
  restart: boolean;
  /** How long those who use the store may take to end once the parent is gone. */
  dependantsMs: number;
}

export type ToSupervisor = { type: 'stop' } | { type: 'dependants'; pids: number[] };
export type FromSupervisor = { type: 'started'; pid: number } | { type: 'ended'; reason: string };

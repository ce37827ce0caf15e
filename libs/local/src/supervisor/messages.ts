/**
 * The program that a supervisor runs, passed to it as JSON.
 * Contains no secrets: every user may read a command line.
 */
export interface SupervisorTask {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Sent one after the other, with `stopStepMs` in between, until the process is gone. */
  stopSignals: NodeJS.Signals[];
  stopStepMs: number;
  /** Restart the store when it ends without a stop request. */
  restart: boolean;
  /** The time that the dependants of the store have to end once the parent process is gone. */
  dependantsMs: number;
}

export type ToSupervisor = { type: 'stop' } | { type: 'dependants'; pids: number[] };
export type FromSupervisor = { type: 'started'; pid: number } | { type: 'ended'; reason: string };

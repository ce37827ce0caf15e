import type { HandlerContext } from '@turno/kinds/handlers';
import type { AttemptResult } from '@turno/jobs';

/** What a CPU child is given: everything it may know of a job. */
export interface ChildTask {
  runFile: string;
  input: unknown;
  jobId: string;
  attempt: number;
  /** Of an output as JSON. */
  outputBytesMax: number;
}

/** The calls of a handler's context that only the parent can make. */
export interface RemoteCalls {
  fetch: HandlerContext['fetch'];
  usage: HandlerContext['usage'];
  readFile: HandlerContext['files']['read'];
  writeFile: HandlerContext['files']['write'];
}
export type RemoteCall = keyof RemoteCalls;
export type RemoteArgument = Parameters<RemoteCalls[RemoteCall]>[0];

/** An error on its way between the processes. */
export interface PlainFailure {
  code: string;
  message: string;
  permanent: boolean;
  retryAfterMs?: number;
}

export type ToChild =
  | { type: 'run'; task: ChildTask }
  /** To be answered by `ready`. */
  | { type: 'attend' }
  | { type: 'answer'; call: number; value: unknown }
  | { type: 'refuse'; call: number; failure: PlainFailure };

export type FromChild =
  | { type: 'ready' }
  /** What a handler left running has failed: this process is not to be used again. */
  | { type: 'unfit'; why: string }
  | { type: 'progress'; percent: number; message: string | null }
  | { type: 'log'; level: 'info' | 'warn'; message: string; fields: Record<string, unknown> | undefined }
  | { type: 'call'; call: number; name: RemoteCall; argument: RemoteArgument }
  | { type: 'result'; result: AttemptResult };

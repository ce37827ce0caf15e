import type { HandlerContext } from '@turno/kinds/handlers';
import type { AttemptResult } from '@turno/jobs';

/** The task of a CPU child: everything that it may know about a job. */
export interface ChildTask {
  runFile: string;
  input: unknown;
  jobId: string;
  attempt: number;
  /** The size limit of an output as JSON. */
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

/** An error in a message between the processes. */
export interface PlainFailure {
  code: string;
  message: string;
  permanent: boolean;
  retryAfterMs?: number;
}

export type ToChild =
  | { type: 'run'; task: ChildTask }
  /** The child answers with `loaded`. */
  | { type: 'load'; runFile: string }
  /** The child answers with `ready`. */
  | { type: 'check' }
  | { type: 'answer'; call: number; value: unknown }
  | { type: 'error'; call: number; failure: PlainFailure };

export type FromChild =
  | { type: 'ready' }
  /** The handler was loaded, or could not be for this reason. */
  | { type: 'loaded'; runFile: string; failure: string | null }
  /** Code that a handler left running has failed: the process must not be used again. */
  | { type: 'unusable'; reason: string }
  | { type: 'progress'; percent: number; message: string | null }
  | { type: 'log'; level: 'info' | 'warn'; message: string; fields: Record<string, unknown> | undefined }
  | { type: 'call'; call: number; name: RemoteCall; argument: RemoteArgument }
  | { type: 'result'; result: AttemptResult };

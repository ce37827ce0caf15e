import { Problem } from '@turno/contract';
import { StoreFull, storeJobFile } from '@turno/files';
import type { AttemptResult, AttemptTask } from '@turno/jobs';
import { isConnectionError } from '@turno/postgres';
import { fullStoreMs, type WorkerFiles } from './handler-files.ts';

export interface LargeOutputOptions {
  files: WorkerFiles;
  /** The size as JSON above which an output becomes a file. */
  outputInlineBytesMax: number;
}

const retryMs = 500;

/**
 * Stores a large output as a file of the attempt, outside of the job's row.
 * Waits during an outage of Postgres: the work is done.
 */
export async function storeLargeOutput(
  { files, outputInlineBytesMax }: LargeOutputOptions,
  { tenantId, jobId, ticket, signal }: AttemptTask,
  result: AttemptResult,
): Promise<AttemptResult> {
  if (!result.ok) return result;
  const bytes = Buffer.from(JSON.stringify(result.output));
  if (bytes.length <= outputInlineBytesMax) return result;
  const file = { name: `${jobId}.json`, contentType: 'application/json', bytes, isOutput: true };
  for (;;) {
    try {
      await storeJobFile(files, { tenantId, jobId, ticket }, file);
      return { ok: true, output: null, isInFile: true };
    } catch (error) {
      if (!isConnectionError(error) || signal.aborted) return notStored(error);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function notStored(error: unknown): AttemptResult {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The output is so large that it must be stored as a file, and that failed: ${reason}`;
  const isPlanFull = error instanceof Problem && error.code === 'storage-full';
  const later = isPlanFull || error instanceof StoreFull ? { retryAfterMs: fullStoreMs } : {};
  return { ok: false, code: isPlanFull ? error.code : 'output-not-stored', message, permanent: false, ...later };
}

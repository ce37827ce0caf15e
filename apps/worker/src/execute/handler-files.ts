import { Problem } from '@turno/contract';
import { type FileDeps, type Maker, readBytes, StoreFull, storeJobFile } from '@turno/files';
import { type HandlerFiles, PermanentFailure, RetryLater } from '@turno/kinds';

export interface WorkerFiles extends FileDeps {
  /** The size limit of one file that a handler reads. */
  readBytesMax: number;
}

/** Creates the file service of one attempt. This process reads and writes; a CPU child gets only bytes. */
export function createHandlerFiles(deps: WorkerFiles, maker: Maker): HandlerFiles {
  const { tenantId } = maker;
  return {
    async read(id) {
      try {
        const { row, bytes } = await readBytes(deps, { tenantId, id, bytesMax: deps.readBytesMax });
        return { name: row.name, contentType: row.contentType, bytes };
      } catch (error) {
        throw toHandlerError(error);
      }
    },
    async write({ name = null, contentType, bytes }) {
      try {
        const { id: fileId, bytes: size, sha256 } = await storeJobFile(deps, maker, { name, contentType, bytes });
        return { fileId, bytes: size, sha256 };
      } catch (error) {
        throw toHandlerError(error);
      }
    },
  };
}

/** The wait before the next attempt when the store or the plan is full: somebody has to free space. */
export const fullStoreMs = 30_000;

/** Converts a problem to an error for the handler. Only a missing upload and missing room are worth another attempt. */
function toHandlerError(error: unknown): unknown {
  if (error instanceof StoreFull) return new RetryLater('files-store-full', error.message, fullStoreMs);
  if (!(error instanceof Problem)) return error;
  if (error.code === 'storage-full') return new RetryLater(error.code, error.message, fullStoreMs);
  if (error.code === 'file-not-uploaded') return new Error(error.message, { cause: error });
  return new PermanentFailure(error.code, error.message, { cause: error });
}

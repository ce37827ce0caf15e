import { Problem } from '@turno/contract';
import { type FileDeps, type Maker, readBytes, StoreFull, storeJobFile } from '@turno/files';
import { type HandlerFiles, PermanentFailure, RetryLater } from '@turno/kinds';

export interface WorkerFiles extends FileDeps {
  /** Of one file that a handler reads. */
  readBytesMax: number;
}

/** The files of one attempt's tenant, read and written by this process: a CPU child gets bytes. */
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

/** How soon a full store is tried again: somebody has to make room. */
export const fullStoreMs = 30_000;

/** A file that has not come yet may come before the next attempt, and room may be made; the others stay as they are. */
function toHandlerError(error: unknown): unknown {
  if (error instanceof StoreFull) return new RetryLater('files-store-full', error.message, fullStoreMs);
  if (!(error instanceof Problem)) return error;
  if (error.code === 'file-not-uploaded') return new Error(error.message, { cause: error });
  return new PermanentFailure(error.code, error.message, { cause: error });
}

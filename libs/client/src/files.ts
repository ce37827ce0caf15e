import type { FileObject, FileRequest, FileUpload } from '@turno/contract';
import { pathOf, refusalOf, type Requests } from './request.ts';
import { TurnoError } from './turno-error.ts';

/** Inputs and outputs of jobs that are files. An unknown id throws `file-not-found`. */
export interface Files {
  /** Registers a file. Send its bytes by `PUT` to `upload.url`, with exactly `upload.headers` and without the key. */
  create(file: FileRequest): Promise<FileUpload>;
  /**
   * Registers a file and sends its bytes to the object store, which checks their SHA-256. All bytes are in memory at
   * once; use `create` for a large file. Throws a `TurnoError` with the status of the store when the store refuses the
   * bytes.
   */
  upload(bytes: Blob | Uint8Array<ArrayBuffer>, file: Pick<FileRequest, 'contentType' | 'name'>): Promise<FileObject>;
  /** Reads a file. Once the bytes are uploaded, the answer has a new signed address for the download. */
  get(id: string): Promise<FileObject>;
  /** Returns the answer of the store, its body unread. Throws `file-not-uploaded` before the upload. */
  download(id: string): Promise<Response>;
  /** Deletes the file at once. A job that reads the file later fails. */
  delete(id: string): Promise<void>;
}

export function createFiles({ send, fetchJson, fetch }: Requests): Files {
  const create = (file: FileRequest) => fetchJson<FileUpload>(pathOf('files'), { method: 'POST', body: file });
  const get = (id: string) => fetchJson<FileObject>(pathOf('files', id));
  /** Sends a request to a signed address, without the key. */
  const sendToStore = async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    if (!response.ok) throw await refusalOf(response);
    return response;
  };
  return {
    create,
    upload: async (bytes, { contentType, name }) => {
      const body = new Uint8Array(bytes instanceof Blob ? await bytes.arrayBuffer() : bytes);
      const sha256 = toHex(await crypto.subtle.digest('SHA-256', body));
      const given = { contentType, bytes: body.length, sha256, ...(name !== undefined && { name }) };
      const { id, upload } = await create(given);
      await (await sendToStore(upload.url, { method: upload.method, headers: upload.headers, body })).body?.cancel();
      return get(id);
    },
    get,
    download: async (id) => {
      const { download } = await get(id);
      if (download !== null) return sendToStore(download.url);
      throw new TurnoError(409, { code: 'file-not-uploaded', detail: 'The bytes of the file are not uploaded yet.' });
    },
    delete: async (id) => void (await send(pathOf('files', id), { method: 'DELETE' })),
  };
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

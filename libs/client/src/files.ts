import type { FileObject, FileRequest, FileUpload } from '@turno/contract';
import { pathOf, refusalOf, type Requests } from './request.ts';
import { TurnoError } from './turno-error.ts';

/** Inputs and outputs of jobs that are files. An id that is none: `file-not-found`. */
export interface Files {
  /** Announces a file; its bytes go to `upload.url` by `PUT`, with exactly `upload.headers` and without the key. */
  create(file: FileRequest): Promise<FileUpload>;
  /**
   * Announces a file and sends its bytes straight to the store, which checks them by their SHA-256. The whole is held in memory
   * for that; a larger file is better announced by `create`. Throws a `TurnoError` of the store's status when that refuses.
   */
  upload(bytes: Blob | Uint8Array<ArrayBuffer>, file: Pick<FileRequest, 'contentType' | 'name'>): Promise<FileObject>;
  /** With a fresh signed address to download it from, once its bytes have come. */
  get(id: string): Promise<FileObject>;
  /** The store's answer, its body not yet read. Refused with `file-not-uploaded` while the bytes have not come. */
  download(id: string): Promise<Response>;
  /** At once; a job that still wants it fails. */
  delete(id: string): Promise<void>;
}

export function createFiles({ send, ask, fetch }: Requests): Files {
  const create = (file: FileRequest) => ask<FileUpload>(pathOf('files'), { method: 'POST', body: file });
  const get = (id: string) => ask<FileObject>(pathOf('files', id));
  /** The store knows addresses, not keys. */
  const toStore = async (url: string, init?: RequestInit) => {
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
      await (await toStore(upload.url, { method: upload.method, headers: upload.headers, body })).body?.cancel();
      return get(id);
    },
    get,
    download: async (id) => {
      const { download } = await get(id);
      if (download !== null) return toStore(download.url);
      throw new TurnoError(409, { code: 'file-not-uploaded', detail: 'The bytes of the file have not come yet.' });
    },
    delete: async (id) => void (await send(pathOf('files', id), { method: 'DELETE' })),
  };
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

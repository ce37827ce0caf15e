import type { LocalFolder } from './local-folder.ts';
import type { ObjectStore } from './object-store.ts';
import type { UrlSigner } from './signed-url.ts';

export interface LocalStoreOptions {
  folder: LocalFolder;
  signer: UrlSigner;
  /** The URL of the process that serves the folder, without a slash at the end. */
  publicUrl: string;
  now?: () => number;
}

/** Creates an object store on a local folder. Its signed URLs lead to the process that serves the folder. */
export function createLocalStore({ folder, signer, publicUrl, now = Date.now }: LocalStoreOptions): ObjectStore {
  const expiry = (seconds: number) => {
    const expires = Math.floor(now() / 1_000) + seconds;
    return { expires, expiresAt: new Date(expires * 1_000) };
  };
  return {
    signUpload({ key, contentType, bytes, sha256 }, expiresInSeconds) {
      const { expires, expiresAt } = expiry(expiresInSeconds);
      const path = signer.sign({ method: 'PUT', key, expires, contentType, bytes, sha256 });
      const headers = { 'Content-Type': contentType };
      return Promise.resolve({ method: 'PUT', url: `${publicUrl}${path}`, headers, expiresAt });
    },
    signDownload({ key, contentType, name, expiresInSeconds }) {
      const { expires, expiresAt } = expiry(expiresInSeconds);
      const path = signer.sign({ method: 'GET', key, expires, contentType, name });
      return Promise.resolve({ url: `${publicUrl}${path}`, expiresAt });
    },
    stat: (key) => folder.stat(key),
    read: (key, bytesMax) => folder.read(key, bytesMax),
    write: (key, _contentType, bytes) => folder.store(key, once(bytes)),
    remove: async (keys) => {
      for (const key of keys) await folder.remove(key);
    },
    removeAbandoned: () => folder.removeAbandoned(),
    close: () => {},
  };
}

// eslint-disable-next-line typescript/require-await -- the type of a source of chunks is asynchronous
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

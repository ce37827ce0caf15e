/** What an object is promised to be before its bytes have come. */
export interface ObjectPromise {
  /** Letters, digits, `_`, `-` and `/`; unique for ever. */
  key: string;
  contentType: string;
  bytes: number;
  /** Lower-case hex. The store refuses bytes that have another one. */
  sha256?: string | undefined;
}

export interface StoredObject {
  bytes: number;
  /** Lower-case hex; null when the store did not compute it. */
  sha256: string | null;
}

/** Where a client puts the bytes, and the headers that it must send with them. */
export interface UploadAddress {
  method: 'PUT';
  url: string;
  headers: Record<string, string>;
  expiresAt: Date;
}

export interface DownloadAddress {
  url: string;
  expiresAt: Date;
}

export interface DownloadOptions {
  key: string;
  contentType: string;
  /** As what a browser shall save it; the last part of the key when left out. */
  name?: string | undefined;
  expiresInSeconds: number;
}

/**
 * Keeps objects that never change: whatever is there already stays, and a second write of a key is refused. Addresses are bearer
 * tokens for one method on one key until they expire.
 */
export interface ObjectStore {
  addressUpload(object: ObjectPromise, expiresInSeconds: number): Promise<UploadAddress>;
  addressDownload(options: DownloadOptions): Promise<DownloadAddress>;
  /** Undefined when there is no such object. */
  look(key: string): Promise<StoredObject | undefined>;
  /** The whole object; throws `ObjectMissing`. */
  read(key: string, bytesMax: number): Promise<Buffer>;
  /** Durable once this resolves. Throws `ObjectExists` when the key is taken by other bytes. */
  write(key: string, contentType: string, bytes: Uint8Array): Promise<StoredObject>;
  /** Objects that are not there count as removed. */
  remove(keys: readonly string[]): Promise<void>;
  /** Removes what processes that died left of objects that never came to be. */
  removeAbandoned(): Promise<void>;
  close(): void;
}

export class ObjectMissing extends Error {
  constructor(key: string) {
    super(`there is no object ${key}`);
    this.name = 'ObjectMissing';
  }
}

export class ObjectExists extends Error {
  constructor(key: string) {
    super(`there is another object ${key} already`);
    this.name = 'ObjectExists';
  }
}

/** Nothing more can be stored until somebody makes room. */
export class StoreFull extends Error {
  constructor(cause: unknown) {
    super('no room is left in the store of files: free some on the disk of FILES_DIR, or move it to a larger one', {
      cause,
    });
    this.name = 'StoreFull';
  }
}

/** What came is not what was promised. */
export class ObjectRefused extends Error {
  readonly code: 'wrong-length' | 'wrong-checksum';

  constructor(code: 'wrong-length' | 'wrong-checksum', message: string) {
    super(message);
    this.name = 'ObjectRefused';
    this.code = code;
  }
}

const keyForm = /^[a-z0-9][\w-]*(?:\/[a-z0-9][\w-]*){0,4}$/i;

/** The only keys that exist: no dots, so none that leads out of a folder. */
export function isObjectKey(text: string): boolean {
  return text.length <= 200 && keyForm.test(text);
}

/** The announced properties of an object that is not uploaded yet. */
export interface ObjectSpec {
  /** Letters, digits, `_`, `-` and `/`. A key is never used twice. */
  key: string;
  contentType: string;
  bytes: number;
  /** Lower-case hex. The store rejects bytes with another checksum. */
  sha256?: string | undefined;
}

export interface StoredObject {
  bytes: number;
  /** Lower-case hex; null when the store did not compute it. */
  sha256: string | null;
}

/** A signed URL for an upload, with the headers that the client must send. */
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
  /** The name under which a browser saves the file. Default: the last part of the key. */
  name?: string | undefined;
  expiresInSeconds: number;
}

/**
 * A store of objects that never change.
 * A second write of a key is rejected. A signed URL is a bearer token for one method on one key until it expires.
 */
export interface ObjectStore {
  /** Makes a signed URL for an upload. */
  signUpload(object: ObjectSpec, expiresInSeconds: number): Promise<UploadAddress>;
  /** Makes a signed URL for a download. */
  signDownload(options: DownloadOptions): Promise<DownloadAddress>;
  /** Returns size and checksum of an object; undefined when there is no such object. */
  stat(key: string): Promise<StoredObject | undefined>;
  /** Reads a whole object. Throws `ObjectMissing`, and a RangeError when it has more than `bytesMax` bytes. */
  read(key: string, bytesMax: number): Promise<Buffer>;
  /** Stores an object; it is durable once this resolves. Throws `ObjectExists` when the key has other bytes. */
  write(key: string, contentType: string, bytes: Uint8Array): Promise<StoredObject>;
  /** Removes objects. An object that does not exist counts as removed. */
  remove(keys: readonly string[]): Promise<void>;
  /** Removes partial objects that processes left when they died. */
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
    super(`the object ${key} exists with other bytes`);
    this.name = 'ObjectExists';
  }
}

/** The store has no free space; the operator must free some. */
export class StoreFull extends Error {
  constructor(cause: unknown) {
    super('the file store is full: free space on the disk of FILES_DIR, or move FILES_DIR to a larger disk', {
      cause,
    });
    this.name = 'StoreFull';
  }
}

/** The uploaded bytes do not match the announced length or checksum. */
export class ObjectRejected extends Error {
  readonly code: 'wrong-length' | 'wrong-checksum';

  constructor(code: 'wrong-length' | 'wrong-checksum', message: string) {
    super(message);
    this.name = 'ObjectRejected';
    this.code = code;
  }
}

const keyFormat = /^[a-z0-9][\w-]*(?:\/[a-z0-9][\w-]*){0,4}$/i;

/** Returns true for a valid object key. A key has no dots, so that none leads out of a folder. */
export function isObjectKey(text: string): boolean {
  return text.length <= 200 && keyFormat.test(text);
}

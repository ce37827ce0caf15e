export { identifyFolder } from './local-identity.ts';
export { LocalFolder } from './local-folder.ts';
export { createLocalStore } from './local-store.ts';
export { isObjectKey, ObjectExists, ObjectMissing, ObjectRefused } from './object-store.ts';
export type {
  DownloadAddress,
  DownloadOptions,
  ObjectPromise,
  ObjectStore,
  StoredObject,
  UploadAddress,
} from './object-store.ts';
export { createS3Store } from './s3-store.ts';
export type { S3Options } from './s3-store.ts';
export { createUrlSigner } from './signed-url.ts';
export type { Grant, UrlSigner } from './signed-url.ts';

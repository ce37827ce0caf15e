export { identifyFolder } from './local-identity.ts';
export { LocalFolder } from './local-folder.ts';
export { createLocalStore } from './local-store.ts';
export { isObjectKey, ObjectExists, ObjectMissing, ObjectRefused, StoreFull } from './object-store.ts';
export type {
  DownloadAddress,
  DownloadOptions,
  ObjectPromise,
  ObjectStore,
  StoredObject,
  UploadAddress,
} from './object-store.ts';
export type { S3Options } from './s3-store.ts';
export { createUrlSigner } from './signed-url.ts';
export type { Grant, UrlSigner } from './signed-url.ts';
export { fileSettings, folderOf } from './file-settings.ts';
export type { FileSettings } from './file-settings.ts';
export { storeJobFile } from './job-files.ts';
export type { MadeFile, Maker } from './job-files.ts';
export { openS3Store, openStore } from './open-store.ts';
export { sweepFiles } from './sweep-files.ts';
export { addressOutput, createUpload, deleteFile, readBytes, readFile } from './tenant-files.ts';
export type { FileDeps } from './tenant-files.ts';

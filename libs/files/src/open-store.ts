import { claimFileStore, type Postgres } from '@turno/postgres';
import { type FileSettings, folderOf } from './file-settings.ts';
import { LocalFolder } from './local-folder.ts';
import { identifyFolder } from './local-identity.ts';
import { createLocalStore } from './local-store.ts';
import type { ObjectStore } from './object-store.ts';
import { createS3Store } from './s3-store.ts';
import { createUrlSigner } from './signed-url.ts';

/**
 * The store that the settings name: a bucket when `S3_BUCKET` is set, else the local folder. Throws when the folder is not the one that
 * the database's objects are in, since what is written there would be found by nobody.
 */
export async function openStore(settings: FileSettings, sql: Postgres['sql']): Promise<ObjectStore> {
  if (settings.S3_BUCKET !== undefined) return openBucket(settings, settings.S3_BUCKET);
  const dir = folderOf(settings);
  const name = await identifyFolder(dir).catch((cause: unknown) => {
    throw new Error(`FILES_DIR ${dir} cannot be used as a store of files: make it writable, or set S3_BUCKET`, {
      cause,
    });
  });
  if ((await claimFileStore(sql, name)) !== name) {
    throw new Error(
      `FILES_DIR ${dir} is not the folder that this database's files are in: mount that one here, or set S3_BUCKET`,
    );
  }
  return createLocalStore({
    folder: new LocalFolder(dir),
    signer: createUrlSigner([settings.SECRET_KEY, ...settings.SECRET_KEY_PREVIOUS]),
    publicUrl: (settings.FILES_PUBLIC_URL ?? 'http://127.0.0.1:3002').replace(/\/$/, ''),
  });
}

function openBucket(settings: FileSettings, bucket: string): ObjectStore {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return createS3Store({
    bucket,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  });
}

import { claimFileStore, type Postgres } from '@turno/postgres';
import { type FileSettings, folderOf } from './file-settings.ts';
import { LocalFolder } from './local-folder.ts';
import { identifyFolder } from './identify-folder.ts';
import { createLocalStore } from './local-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Options } from './s3-store.ts';
import { createUrlSigner } from './signed-url.ts';

/**
 * Opens the object store of the settings: a bucket when `S3_BUCKET` is set, or else a local folder.
 * Throws when the folder is not writable, or is not the folder with the objects of this database: no other process
 * would find objects written there.
 */
export async function openStore(settings: FileSettings, sql: Postgres['sql']): Promise<ObjectStore> {
  if (settings.S3_BUCKET !== undefined) return openS3Store(bucketOf(settings, settings.S3_BUCKET));
  const dir = folderOf(settings);
  const id = await identifyFolder(dir).catch((cause: unknown) => {
    throw new Error(`FILES_DIR ${dir} cannot be used as a file store: make it writable, or set S3_BUCKET`, {
      cause,
    });
  });
  if ((await claimFileStore(sql, id)) !== id) {
    throw new Error(
      `FILES_DIR ${dir} is not the folder with the files of this database: mount that folder here, or set S3_BUCKET`,
    );
  }
  return createLocalStore({
    folder: new LocalFolder(dir),
    signer: createUrlSigner([settings.SECRET_KEY, ...settings.SECRET_KEY_PREVIOUS]),
    publicUrl: (settings.FILES_PUBLIC_URL ?? 'http://127.0.0.1:3002').replace(/\/$/, ''),
  });
}

/** Opens a bucket. The AWS SDK is loaded on first use: it costs a quarter of a second and 20 MB. */
export async function openS3Store(options: S3Options): Promise<ObjectStore> {
  const { createS3Store } = await import('./s3-store.ts');
  return createS3Store(options);
}

function bucketOf(settings: FileSettings, bucket: string): S3Options {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  // With only one of them the SDK would search for other credentials without a message, and might find some.
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey)) {
    throw new Error('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: set both, or neither to let the SDK find credentials');
  }
  return {
    bucket,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  };
}

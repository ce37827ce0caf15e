import { claimFileStore, type Postgres } from '@turno/postgres';
import { type FileSettings, folderOf } from './file-settings.ts';
import { LocalFolder } from './local-folder.ts';
import { identifyFolder } from './local-identity.ts';
import { createLocalStore } from './local-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Options } from './s3-store.ts';
import { createUrlSigner } from './signed-url.ts';

/**
 * The store that the settings name: a bucket when `S3_BUCKET` is set, else the local folder. Throws when the folder is not the one that
 * the database's objects are in, since what is written there would be found by nobody.
 */
export async function openStore(settings: FileSettings, sql: Postgres['sql']): Promise<ObjectStore> {
  if (settings.S3_BUCKET !== undefined) return openS3Store(bucketOf(settings, settings.S3_BUCKET));
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

/** The SDK is loaded only here: it costs a quarter of a second and 20 MB. */
export async function openS3Store(options: S3Options): Promise<ObjectStore> {
  const { createS3Store } = await import('./s3-store.ts');
  return createS3Store(options);
}

function bucketOf(settings: FileSettings, bucket: string): S3Options {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  // With one of them alone the SDK would quietly look for others, and maybe find some.
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey)) {
    throw new Error('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: set both, or neither to have the SDK find credentials');
  }
  return {
    bucket,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  };
}

import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { ObjectExists, ObjectMissing, type ObjectStore } from './object-store.ts';
import { createS3Presigner, toBase64 } from './s3-presigner.ts';

export interface S3Options {
  bucket: string;
  region: string;
  /** The endpoint of a provider other than AWS. */
  endpoint?: string | undefined;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. */
  forcePathStyle: boolean;
  /** Left out: the SDK searches its usual sources (environment, instance role). */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

const keysPerDelete = 1_000;

/**
 * Creates an object store on a bucket of S3 or of a compatible provider.
 * `If-None-Match: *` prevents a second write of a key where the provider supports that header.
 */
export function createS3Store({ bucket, forcePathStyle, ...options }: S3Options): ObjectStore {
  const { region, endpoint, credentials } = options;
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    // Only required checksums: providers other than AWS do not support the newer ones.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    ...createS3Presigner(client, bucket),
    async stat(key) {
      try {
        const { ContentLength: bytes = 0, ChecksumSHA256 } = await client.send(
          new HeadObjectCommand({ ...at(key), ChecksumMode: 'ENABLED' }),
        );
        return { bytes, sha256: ChecksumSHA256 === undefined ? null : toHex(ChecksumSHA256) };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    async read(key, bytesMax) {
      try {
        const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand(at(key)));
        if (ContentLength > bytesMax)
          throw new RangeError(`the object has ${ContentLength} bytes, more than ${bytesMax}`);
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        throw statusOf(error) === 404 ? new ObjectMissing(key) : error;
      }
    },
    async write(key, contentType, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      try {
        await client.send(
          new PutObjectCommand({
            ...at(key),
            Body: bytes,
            ContentType: contentType,
            ContentLength: bytes.length,
            ChecksumSHA256: toBase64(sha256),
            IfNoneMatch: '*',
          }),
        );
      } catch (error) {
        throw statusOf(error) === 412 ? new ObjectExists(key) : error;
      }
      return { bytes: bytes.length, sha256 };
    },
    async remove(keys) {
      for (let start = 0; start < keys.length; start += keysPerDelete) {
        const Objects = keys.slice(start, start + keysPerDelete).map((Key) => ({ Key }));
        const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
        if (Errors[0]) throw new Error(`${Errors.length} objects were not removed: ${Errors[0].Code} ${Errors[0].Key}`);
      }
    },
    removeAbandoned: () => Promise.resolve(), // an aborted upload leaves nothing in a bucket
    close: () => client.destroy(),
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

const toHex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

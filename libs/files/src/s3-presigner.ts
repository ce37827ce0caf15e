import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { create as contentDisposition } from 'content-disposition';
import type { ObjectStore } from './object-store.ts';

/**
 * Creates the functions that presign URLs (SigV4 in the query).
 * The bucket checks the signed length, type and SHA-256 of an upload.
 */
export function createS3Presigner(client: S3Client, bucket: string): Pick<ObjectStore, 'signUpload' | 'signDownload'> {
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  return {
    async signUpload({ key, contentType, bytes, sha256 }, expiresIn) {
      const checksum = sha256 === undefined ? undefined : toBase64(sha256);
      const headers: Record<string, string> = {
        'Content-Type': contentType,
        'If-None-Match': '*',
        ...(checksum !== undefined && { 'x-amz-checksum-sha256': checksum }),
      };
      const command = new PutObjectCommand({
        ...at(key),
        ContentType: contentType,
        ContentLength: bytes,
        IfNoneMatch: '*',
        ...(checksum !== undefined && { ChecksumSHA256: checksum }),
      });
      const signed = Object.keys(headers).map((name) => name.toLowerCase());
      const url = await getSignedUrl(client, command, {
        expiresIn,
        signableHeaders: new Set(['host', 'content-length', ...signed]),
        unhoistableHeaders: new Set(signed),
      });
      return { method: 'PUT', url, headers, expiresAt: inSeconds(expiresIn) };
    },
    async signDownload({ key, contentType, name, expiresInSeconds: expiresIn }) {
      const command = new GetObjectCommand({
        ...at(key),
        ResponseContentType: contentType,
        ResponseContentDisposition: contentDisposition(name ?? key.slice(key.lastIndexOf('/') + 1)),
        ResponseCacheControl: 'private, no-store',
      });
      return { url: await getSignedUrl(client, command, { expiresIn }), expiresAt: inSeconds(expiresIn) };
    },
  };
}

function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1_000);
}

/** Converts hex to base64. */
export const toBase64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

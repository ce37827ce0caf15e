import { z } from 'zod';
import { shownText } from './shown-text.ts';
import { time } from './time.ts';

export const fileNameCharsMax = 200;

const mediaType = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+){0,3}$/;

/** The body of `POST /v1/files`. */
export const fileRequest = z
  .strictObject({
    contentType: z.string().max(100).regex(mediaType, 'must be a media type such as image/png'),
    bytes: z.int().min(0).describe('The size of the whole file; exactly this many bytes must be uploaded'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
      .optional()
      .describe('The store rejects bytes with another checksum'),
    name: shownText(fileNameCharsMax)
      .min(1)
      .optional()
      .describe('The name under which a browser saves the file; no control characters, also none of the direction'),
  })
  .meta({ id: 'FileRequest' });
export type FileRequest = z.infer<typeof fileRequest>;

/** A file as every call shows it. */
export const fileObject = z
  .object({
    id: z.string(),
    state: z.enum(['pending', 'ready']).describe('Pending until a read or a job has found the uploaded bytes'),
    name: z.string().nullable(),
    contentType: z.string(),
    bytes: z.int(),
    sha256: z.string().nullable(),
    createdAt: time,
    expiresAt: time.nullable().describe('null for a file of a job: it is erased with the job'),
    jobId: z.string().nullable().describe('The job that wrote the file; null for an upload'),
    download: z
      .object({ url: z.string(), expiresAt: time })
      .nullable()
      .describe(
        'A signed URL for GET; read the file again for a new one. The files server answers HEAD on it as well, an S3 ' +
          'store does not: S3 signs the method. There, send GET with `Range: bytes=0-0` for the size.',
      ),
  })
  .meta({ id: 'File' });
export type FileObject = z.infer<typeof fileObject>;

/** The answer to `POST /v1/files`. */
export const fileUpload = fileObject
  .extend({
    upload: z
      .object({ method: z.literal('PUT'), url: z.string(), headers: z.record(z.string(), z.string()), expiresAt: time })
      .describe('The signed URL for the bytes; send exactly these headers'),
  })
  .meta({ id: 'FileUpload' });
export type FileUpload = z.infer<typeof fileUpload>;

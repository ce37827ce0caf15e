import { z } from 'zod';
import { time } from './time.ts';

const mediaType = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+){0,3}$/;

/** What `POST /v1/files` takes. */
export const fileRequest = z
  .strictObject({
    contentType: z.string().max(100).regex(mediaType, 'must be a media type such as image/png'),
    bytes: z.int().min(0).describe('Of the whole file; exactly as many must be sent'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
      .optional()
      .describe('The store refuses bytes that have another one'),
    name: z
      .string()
      .min(1)
      .max(200)
      .regex(/^\P{Cc}*$/u, 'must not hold control characters')
      .optional()
      .describe('As what a browser saves it'),
  })
  .meta({ id: 'FileRequest' });
export type FileRequest = z.infer<typeof fileRequest>;

export const fileObject = z
  .object({
    id: z.string(),
    state: z.enum(['pending', 'ready']).describe('Pending until the bytes have come and were asked for once'),
    name: z.string().nullable(),
    contentType: z.string(),
    bytes: z.int(),
    sha256: z.string().nullable(),
    createdAt: time,
    expiresAt: time.nullable().describe('Null for a file of a job: it goes with the job'),
    jobId: z.string().nullable().describe('The job that made it'),
    download: z
      .object({ url: z.string(), expiresAt: time })
      .nullable()
      .describe('A signed address; ask again for a new one'),
  })
  .meta({ id: 'File' });
export type FileObject = z.infer<typeof fileObject>;

/** The answer to `POST /v1/files`. */
export const fileUpload = fileObject
  .extend({
    upload: z
      .object({ method: z.literal('PUT'), url: z.string(), headers: z.record(z.string(), z.string()), expiresAt: time })
      .describe('Where the bytes go, with exactly these headers'),
  })
  .meta({ id: 'FileUpload' });
export type FileUpload = z.infer<typeof fileUpload>;

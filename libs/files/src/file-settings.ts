import path from 'node:path';
import { flag, secretKeys, urlOf } from '@turno/runtime';
import { z } from 'zod';

/** Of every process that makes addresses or reads and writes objects. */
export const fileSettings = {
  ...secretKeys,
  DATA_DIR: z.string().default('.turno'),
  FILES_DIR: z.string().optional(),
  FILES_PUBLIC_URL: urlOf('http:', 'https:').optional(),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_ENDPOINT: urlOf('http:', 'https:').optional(),
  S3_FORCE_PATH_STYLE: flag().prefault('false'),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
};

/** Returns the folder of the objects when they are not in S3. */
export function folderOf({ FILES_DIR, DATA_DIR }: { FILES_DIR?: string | undefined; DATA_DIR: string }): string {
  return FILES_DIR ?? path.join(DATA_DIR, 'files');
}

export type FileSettings = z.output<z.ZodObject<typeof fileSettings>>;

import { z } from 'zod';
import { list } from './read-settings.ts';

const form = { error: 'must have at least 32 characters, for example from: openssl rand -base64 32' };

/** The keys that encrypt stored secrets and sign URLs of files. A previous key still decrypts and verifies. */
export const secretKeys = {
  SECRET_KEY: z.string({ error: `is required and ${form.error}` }).min(32, form),
  SECRET_KEY_PREVIOUS: list()
    .refine((keys) => keys.every((key) => key.length >= 32), { error: `each ${form.error}` })
    .prefault(''),
};

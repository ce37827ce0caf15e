import { z } from 'zod';
import { list } from './read-settings.ts';

const form = { error: 'must have at least 32 characters, for example from: openssl rand -base64 32' };

/** What secrets at rest are encrypted with and signed addresses are made by. The previous ones still open what they closed. */
export const secretKeys = {
  SECRET_KEY: z.string({ error: `is required and ${form.error}` }).min(32, form),
  SECRET_KEY_PREVIOUS: list()
    .refine((keys) => keys.every((key) => key.length >= 32), { error: `each ${form.error}` })
    .prefault(''),
};

import { z } from 'zod';

/** A text in a request that Postgres can store and compare: a Postgres text cannot contain NUL. */
export const inputText = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine((value) => !value.includes('\u0000'), { error: 'must not contain the character NUL' });

import { z } from 'zod';

/** A text in a request that Postgres can store and compare: a Postgres text cannot contain NUL. */
export const inputText = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine((value) => !value.includes('\u0000'), { error: 'must not contain the character NUL' });

/** A time in a request that Postgres can store and compare: a Postgres timestamp has no year 0. */
export const inputTime = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time such as 2026-11-22T09:00:00Z' })
  .refine((value) => !value.startsWith('0000'), { error: 'must be in the year 0001 or later' });

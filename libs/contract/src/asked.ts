import { z } from 'zod';

/** Text that Postgres can be asked about. */
export const askedText = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine((value) => !value.includes('\u0000'), { error: 'must not hold the character NUL' });

/** A time that Postgres can be asked about. */
export const askedTime = z.iso
  .datetime({ offset: true, error: 'must be a time of RFC 3339, such as 2026-11-22T09:00:00Z' })
  .refine((value) => !value.startsWith('0000'), { error: 'must be a year from 0001 on' });

import { z } from 'zod';

/** The answer of a probe. */
export const statusDocument = z.object({ status: z.string() });

import { z } from 'zod';

/** A time as every answer and event has it. */
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

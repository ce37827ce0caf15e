import { z } from 'zod';

/** The form of a time in answers and events. */
export const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

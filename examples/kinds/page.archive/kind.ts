import { defineKind } from '@turno/kinds';
import { z } from 'zod';

export const kind = defineKind({
  name: 'page.archive',
  version: 1,
  queue: 'io', // it mostly waits
  description: 'Stores a page as a file, and compares it with an earlier copy.',
  input: z.strictObject({ url: z.url(), previousFileId: z.string().optional() }),
  output: z.strictObject({
    fileId: z.string(),
    bytes: z.int(),
    changed: z.boolean(),
    archivedToday: z.int(),
  }),
  example: { url: 'https://example.com/' },
});

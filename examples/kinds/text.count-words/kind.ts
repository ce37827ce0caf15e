import { defineKind } from '@turno/kinds';
import { z } from 'zod';

export const kind = defineKind({
  name: 'text.count-words',
  version: 1,
  queue: 'cpu', // its own process, killed on timeout; 'io' is for work that mostly waits
  description: 'How many words a text has.',
  input: z.strictObject({ text: z.string().max(100_000) }),
  output: z.strictObject({ words: z.int() }),
  example: { text: 'one two three' },
});

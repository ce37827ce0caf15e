import { defineKind } from '@turno/kinds';
import { z } from 'zod';

export const kind = defineKind({
  name: 'text.count-words',
  version: 1,
  queue: 'cpu', // a child process that is killed on timeout; use 'io' for work that mostly waits
  description: 'Counts the words of a text.',
  input: z.strictObject({ text: z.string().max(100_000) }),
  output: z.strictObject({ words: z.int() }),
  example: { text: 'one two three' },
});

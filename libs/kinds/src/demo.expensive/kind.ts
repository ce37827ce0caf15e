import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

export const kind = defineKind({
  name: 'demo.expensive',
  version: 1,
  queue: 'io',
  description:
    'Simulates slow work such as a call to a model: waits, then returns the words of the prompt in reverse order. Limited ' +
    'to thirty jobs per minute and API key; a result can be reused for an equal prompt.',
  input: z.strictObject({
    prompt: z.string().min(1).max(10_000),
    seconds: z.number().min(0).max(30).default(2).describe('The duration of the work'),
  }),
  output: z.strictObject({ answer: z.string(), words: z.int() }),
  example: { prompt: 'share what is dear' },
  cacheable: true,
  limits: { ratePerMinute: 30 },
});

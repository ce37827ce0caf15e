import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

export const kind = defineKind({
  name: 'demo.expensive',
  version: 1,
  queue: 'io',
  description:
    'Stands for work that takes its time, such as a call to a model: waits, then answers with the words of the prompt in ' +
    'reverse. Thirty a minute for each key; equal prompts can share one result.',
  input: z.strictObject({
    prompt: z.string().min(1).max(10_000),
    seconds: z.number().min(0).max(30).default(2).describe('How long the answer takes'),
  }),
  output: z.strictObject({ answer: z.string(), words: z.int() }),
  example: { prompt: 'share what is dear' },
  cacheable: true,
  limits: { ratePerMinute: 30 },
});

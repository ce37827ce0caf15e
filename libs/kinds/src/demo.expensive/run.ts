import { setTimeout as delay } from 'node:timers/promises';
import type { Handler } from '../define-kind.ts';
import type { kind } from './kind.ts';

export const run: Handler<typeof kind> = async ({ prompt, seconds }, ctx) => {
  await delay(seconds * 1_000, undefined, { signal: ctx.signal });
  const words = prompt.split(/\s+/).filter((word) => word !== '');
  return { answer: words.toReversed().join(' '), words: words.length };
};

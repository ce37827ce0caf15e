import { parseRetryAfter } from '@turno/contract';
import type { Handler } from '../define-kind.ts';
import type { kind } from './kind.ts';
import { RetryLater } from '../retry-later.ts';
import { toText } from './to-text.ts';

const bodyBytesMax = 256 * 1024;

export const run: Handler<typeof kind> = async (input, ctx) => {
  const { timeoutSeconds, body, retryOn, ...request } = input;
  const answer = await ctx.fetch({
    ...request,
    ...(body === undefined ? {} : { body }),
    timeoutMs: timeoutSeconds * 1_000,
    bytesMax: bodyBytesMax,
  });
  const { status, headers, truncated, url } = answer;
  if (retryOn.includes(status)) {
    throw new RetryLater('http-status', `The server answered ${status}.`, parseRetryAfter(headers['retry-after']) ?? 0);
  }
  return { status, headers, ...toText(answer.body, truncated), truncated, url };
};

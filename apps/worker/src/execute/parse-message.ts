import type { AttemptResult } from '@turno/jobs';
import type { FromChild } from './messages.ts';

/**
 * Validates a message of a child.
 * Returns undefined for any other value: handlers and their libraries can use the same channel (`process.send`), and
 * their values must not harm the worker.
 */
export function parseChildMessage(value: unknown): FromChild | undefined {
  const message = value as FromChild | null | undefined;
  switch (message?.type) {
    case 'ready':
    case 'unusable':
    case 'loaded':
    case 'call':
    case 'progress': // validated by normalizeProgress
      return message;
    case 'log':
      return ['info', 'warn'].includes(message.level) ? message : undefined;
    case 'result':
      return isResult(message.result) ? message : undefined;
    case undefined:
    default:
      return undefined;
  }
}

function isResult(result: AttemptResult | null | undefined): boolean {
  if (result?.ok === true) return true;
  return result?.ok === false && typeof result.code === 'string' && typeof result.message === 'string';
}

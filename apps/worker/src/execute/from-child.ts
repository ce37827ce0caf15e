import type { AttemptResult } from '@turno/jobs';
import type { FromChild } from './messages.ts';

/**
 * A child's message, or undefined for what is none: handlers and their libraries can speak on the same channel (`process.send`), and
 * whatever they say there must not harm the worker.
 */
export function toMessage(said: unknown): FromChild | undefined {
  const message = said as FromChild | null | undefined;
  switch (message?.type) {
    case 'ready':
    case 'unfit':
    case 'call':
    case 'progress': // looked at by whoever passes it on
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

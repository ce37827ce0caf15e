import type { OutboundResponse } from '@turno/runtime';
import { slowDownFor } from './retry-delay.ts';

/** What came of one try. */
export interface TryResult {
  good: boolean;
  status: number | null;
  /** A word for what went wrong, or null. */
  error: string | null;
  /** The beginning of what was answered. */
  response: string | null;
  /** The receiver wants to be left alone for so long. */
  pauseMs: number;
  /** 410: nothing will ever be taken there again. */
  gone: boolean;
}

const excerptCharsMax = 1_000;

/** Only 2xx is success; a redirect is a failure like any other and is not followed. */
export function judgeAnswer({ status, headers, body }: OutboundResponse): TryResult {
  const good = status >= 200 && status < 300;
  const busy = status === 429 || status === 503;
  return {
    good,
    status,
    error: good ? null : 'http-status',
    response: excerptOf(body),
    pauseMs: busy ? slowDownFor(headers['retry-after']) : 0,
    gone: status === 410,
  };
}

/** A try without an answer. */
export function failedTry(error: string, message: string): TryResult {
  return { good: false, status: null, error, response: storable(message), pauseMs: 0, gone: false };
}

function excerptOf(body: Uint8Array): string {
  return storable(new TextDecoder().decode(body.subarray(0, 4 * excerptCharsMax)));
}

/** Text that Postgres can hold, whatever was sent. */
function storable(text: string): string {
  return text.slice(0, excerptCharsMax).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

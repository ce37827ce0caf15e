import type { OutboundResponse } from '@turno/runtime';
import { pauseMsOf } from './retry-delay.ts';

/** The result of one try. */
export interface TryResult {
  good: boolean;
  status: number | null;
  /** A code for the failure, or null. */
  error: string | null;
  /** The beginning of the receiver's response, or the failure's message. */
  response: string | null;
  /** True when the receiver was connected, whatever it answered. */
  reached: boolean;
  /** The pause of the endpoint that a 429 or 503 asks for. */
  pauseMs: number;
  /** 410: the endpoint will never accept a delivery again. */
  gone: boolean;
}

const excerptCharsMax = 1_000;

/**
 * Turns the receiver's response into a result.
 * Only 2xx is success; a redirect is a failure and is not followed.
 */
export function toTryResult({ status, headers, body }: OutboundResponse): TryResult {
  const good = status >= 200 && status < 300;
  const busy = status === 429 || status === 503;
  return {
    good,
    reached: true,
    status,
    error: good ? null : 'http-status',
    response: excerptOf(body),
    pauseMs: busy ? pauseMsOf(headers['retry-after']) : 0,
    gone: status === 410,
  };
}

/** Returns the result of a try without a response. */
export function failedTry(error: string, message: string, reached: boolean): TryResult {
  return { good: false, reached, status: null, error, response: storable(message), pauseMs: 0, gone: false };
}

function excerptOf(body: Uint8Array): string {
  return storable(new TextDecoder().decode(body.subarray(0, 4 * excerptCharsMax)));
}

/** Cuts a text to the stored length and replaces what Postgres refuses: lone surrogates and NUL. */
function storable(text: string): string {
  return text.slice(0, excerptCharsMax).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

import { Problem } from '@turno/contract';
import type { Caller, RequestMeter } from '@turno/tenants';
import type { Request } from 'express';

/**
 * Counts a submit as a request of the month.
 * Throws `quota-exceeded`, or returns it when the request has an `Idempotency-Key`: such a request may be a replay,
 * which is answered and not counted.
 */
export function countSubmit(meter: RequestMeter, caller: Caller, req: Request): Problem | undefined {
  try {
    meter.count(caller);
    return undefined;
  } catch (error) {
    if (error instanceof Problem && req.headers['idempotency-key'] !== undefined) return error;
    throw error;
  }
}

/** Resolves with the replay of an earlier request; throws the refusal when there is none. */
export async function replayOrThrow<Replay>(refusal: Problem, replay: Promise<Replay | undefined>): Promise<Replay> {
  const found = await replay;
  if (found === undefined) throw refusal;
  return found;
}

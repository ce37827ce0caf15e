import { isFinal } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import type { Request } from 'express';
import { longPoll } from '../http/stream/long-poll.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';

export interface Accepted {
  tenantId: string;
  accepted: JobView;
  /** Undefined: not at all. */
  waitSeconds: number | undefined;
}

/**
 * The job at its end, or as it is when the time is over; as it was accepted to a key that was revoked meanwhile. Never throws: it is
 * accepted by now, and no failure to wait may hide that.
 */
export async function waitForEnd(
  { waiters, isKeyValid }: Pick<JobRoutesDeps, 'waiters' | 'isKeyValid'>,
  req: Request,
  { tenantId, accepted, waitSeconds }: Accepted,
): Promise<JobView> {
  if (waitSeconds === undefined || isFinal(accepted.state)) return accepted;
  const wait = { tenantId, jobId: accepted.id, until: 'final' as const, timeoutMs: waitSeconds * 1_000 };
  try {
    const view = await longPoll(req, (signal) => waiters.wait({ ...wait, signal }));
    return view !== undefined && (await isKeyValid(req)) ? view : accepted;
  } catch (error) {
    req.exchange.service.log.warn({ err: error, requestId: req.exchange.id }, 'accepted, but could not wait');
    return accepted;
  }
}

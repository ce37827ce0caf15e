import { isFinal } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import type { Request, Response } from 'express';
import { holdOpen } from '../http/hold-open.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';

export interface Accepted {
  tenantId: string;
  accepted: JobView;
  /** Undefined: not at all. */
  waitSeconds: number | undefined;
}

/** The job at its end, or as it is when the time is over. Never throws: it is accepted by now, and no failure to wait may hide that. */
export async function waitForEnd(
  { waiters }: JobRoutesDeps,
  { req, res }: { req: Request; res: Response },
  { tenantId, accepted, waitSeconds }: Accepted,
): Promise<JobView> {
  if (waitSeconds === undefined || isFinal(accepted.state)) return accepted;
  const wait = { tenantId, jobId: accepted.id, until: 'final' as const, timeoutMs: waitSeconds * 1_000 };
  try {
    return (await holdOpen(req, res, (signal) => waiters.wait({ ...wait, signal }))) ?? accepted;
  } catch (error) {
    req.exchange.service.log.warn({ err: error, requestId: req.exchange.id }, 'accepted, but could not wait');
    return accepted;
  }
}

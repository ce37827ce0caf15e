import { type Log, readTraceparent, traceIdOf } from '@turno/runtime';
import type { Request } from 'express';
import type { Cors } from '../response/cors.ts';
import type { Drain } from '../stream/drain.ts';
import type { LogRefusal } from '../response/refusal-log.ts';
import { requestIdFrom } from './request-id.ts';

/** The parts of the process that every answer uses. */
export interface Service {
  log: Log;
  /** For the line that every request writes. */
  requestLog: Log;
  logRefusal: LogRefusal;
  drain: Drain;
  cors: Cors;
  /** A client that reads nothing of a large answer for so long is cut off. */
  stalledWriteMs: number;
}

/** One request until it is answered. The fields of `logged` stand in its log line. */
export interface RequestContext {
  readonly id: string;
  readonly startedAt: number;
  readonly service: Service;
  /** The trace context of the request, from its `traceparent` header. */
  readonly traceparent: string | undefined;
  readonly logged: Record<string, string | number>;
  /** Headers of the answer, whatever it is. */
  readonly headers: Record<string, string>;
}

declare global {
  // Express takes additions to its request in this form only.
  // eslint-disable-next-line typescript/no-namespace
  namespace Express {
    interface Request {
      context: RequestContext;
    }
  }
}

/** Sets the context of a request, which every handler and every answer uses. */
export function setRequestContext(req: Request, service: Service): void {
  const traceparent = readTraceparent(req.headers['traceparent']);
  req.context = {
    id: requestIdFrom(req.headers['x-request-id']),
    startedAt: performance.now(),
    service,
    traceparent,
    logged: traceparent === undefined ? {} : { traceId: traceIdOf(traceparent) },
    headers: {},
  };
}

import { type Log, readTraceparent, traceIdOf } from '@turno/runtime';
import type { RequestHandler } from 'express';
import type { Cors } from '../response/cors.ts';
import type { Drain } from '../stream/drain.ts';
import type { LogRefusal } from '../response/refusal-log.ts';
import { requestIdFrom } from './request-id.ts';

/** What every answer needs to know of the process it is sent from. */
export interface Service {
  log: Log;
  /** For the line that every request writes. */
  requestLog: Log;
  logRefusal: LogRefusal;
  drain: Drain;
  cors: Cors;
}

/** One request while it is answered. What is put in `logged` stands in its log line. */
export interface RequestContext {
  readonly id: string;
  readonly startedAt: number;
  readonly service: Service;
  /** What the caller says of the trace that his request is part of. */
  readonly traceparent: string | undefined;
  readonly logged: Record<string, string | number>;
  /** What its answer carries whatever it is. */
  readonly headers: Record<string, string>;
}

declare global {
  // Express takes additions to its request in this form only.
  // eslint-disable-next-line typescript/no-namespace
  namespace Express {
    interface Request {
      exchange: RequestContext;
    }
  }
}

/** Must be the first handler: all others and every answer lean on `req.exchange`. */
export function createRequestContext(service: Service): RequestHandler {
  return (req, _res, next) => {
    const traceparent = readTraceparent(req.headers['traceparent']);
    req.exchange = {
      id: requestIdFrom(req.headers['x-request-id']),
      startedAt: performance.now(),
      service,
      traceparent,
      logged: traceparent === undefined ? {} : { traceId: traceIdOf(traceparent) },
      headers: {},
    };
    next();
  };
}

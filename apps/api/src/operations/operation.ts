import type { KindDescription, ProblemCode, Scope } from '@turno/contract';
import type { Caller } from '@turno/tenants';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Answer } from '../http/response/answer.ts';

export type JsonSchema = Record<string, unknown>;

/** JSON in a request or an answer: a zod schema, or one that depends on the catalogue. */
export interface Content {
  schema: z.ZodType | ((kinds: readonly KindDescription[]) => JsonSchema);
  example?: unknown;
  /** Examples by name, instead of one. */
  examples?: (kinds: readonly KindDescription[]) => JsonSchema;
}

/** The body of a request by the schema that `parseBody` parses it with. */
export interface SentBody<Schema extends z.ZodType = z.ZodType> {
  schema: Schema;
  example: z.input<Schema>;
}

/** What a request may carry besides its path. */
export interface RequestParts {
  body?: Content;
  query?: z.ZodObject;
  /** Values of the query as the document shows them, by name. */
  samples?: Readonly<Record<string, string>>;
  /** True for a query whose names come from the input schema of a kind. */
  inputInQuery?: true;
  /** Header parameters beside those that the flags below imply. */
  headers?: readonly string[];
  /** True when the operation honours `Prefer: wait=N`. */
  waits?: true;
  /** True when the operation honours `If-None-Match` and may answer 304. */
  conditional?: true;
  /** True when the operation honours `Idempotency-Key`. */
  idempotent?: true;
}

/** One successful answer; `content` is left out for answers without a body. */
export interface ResponseParts {
  description: string;
  content?: Content;
  /** `application/json` when left out. */
  contentType?: string;
  /** Another type of the same answer, for clients that prefer it. */
  alsoAs?: string;
  /** Headers beside those that the request's flags imply. */
  headers?: readonly string[];
}

interface Endpoint {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/v1/jobs/{jobId}`. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  request?: RequestParts;
  /** By status. */
  responses: Readonly<Record<number, ResponseParts>>;
  /** Problems beside those that the scope, the method and the request imply. */
  problems: readonly ProblemCode[];
}

/** The problems of an operation that runs tenant queries, see `TenantQueries`. */
export const queryProblems = ['too-many-queries', 'queries-busy', 'query-timeout'] as const satisfies ProblemCode[];

/** `streamed`: `run` has sent the answer itself. */
export type Outcome = Answer | 'streamed';

export interface OpenCall {
  req: Request;
  res: Response;
}

export interface Call extends OpenCall {
  caller: Caller;
}

/**
 * One endpoint for callers with a key. The router, the OpenAPI document and the tests of access read it.
 */
export interface Operation<Deps> extends Endpoint {
  /** The scope that the key must have; `operator`: admin, with a key of the operator tenant. */
  scope: Scope | 'operator';
  /**
   * Whether a request counts against the month's quota.
   * Left out, the router counts it before `run`; `self`: `run` counts it, since repeats are free; `exempt`: it never
   * counts, and works when the quota is used up.
   */
  quota?: 'self' | 'exempt';
  run: (deps: Deps, call: Call) => Outcome | Promise<Outcome>;
}

/** One endpoint that needs no key. */
export interface OpenOperation<Deps> extends Endpoint {
  scope: null;
  /** False leaves the operation out of the OpenAPI document. */
  documented?: false;
  run: (deps: Deps, call: OpenCall) => Outcome | Promise<Outcome>;
}

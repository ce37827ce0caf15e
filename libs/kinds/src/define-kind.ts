import type { Backoff } from '@turno/contract';
import type { z } from 'zod';
import type { HandlerContext } from './context.ts';

/** `cpu` handlers run in child processes that can be killed. `io` handlers share the worker's event loop. */
export type QueueName = 'cpu' | 'io';

export interface KindLimits {
  /** The timeout of one attempt, unless the job sets its own. Default 60. */
  timeoutSeconds?: number;
  /** The number of attempts, unless the job sets its own. Default 3. */
  maxAttempts?: number;
  /** The wait between attempts, unless the job sets its own. Default `exponential`. */
  backoff?: Backoff;
  /** The memory of a `cpu` attempt, in MiB. Default 512. */
  memoryMb?: number;
  /** Jobs of this kind that one API key may submit per minute, also in one burst. Default null: no limit. */
  ratePerMinute?: number | null;
}

export interface Kind<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** Dotted lower case, the same as the folder's name: `image.thumbnail`. */
  name: string;
  /** Raise it when input, output or meaning changes: a worker runs only jobs of its own version. */
  version: number;
  queue: QueueName;
  description: string;
  input: I;
  output: O;
  /** A valid input, shown in the catalogue. */
  example: z.input<I>;
  /** True when equal inputs have equal outputs. Default false. */
  cacheable?: boolean;
  /** Returns false for an input whose output may still change. Only for cacheable kinds. */
  cacheableWhen?(input: z.output<I>): boolean;
  limits?: KindLimits;
}

/** The type of `run` in a kind's `run.ts`: `export const run: Handler<typeof kind> = async (input, ctx) => …`. */
export type Handler<K extends Kind> = (
  input: z.output<K['input']>,
  context: HandlerContext,
) => z.input<K['output']> | Promise<z.input<K['output']>>;

/** Defines a kind: returns it with the types of its schemas. */
export function defineKind<I extends z.ZodType, O extends z.ZodType>(kind: Kind<I, O>): Kind<I, O> {
  return kind;
}

import type { Backoff } from '@turno/contract';
import type { z } from 'zod';
import type { HandlerContext } from './context.ts';

/** `cpu` handlers run in child processes that can be killed; `io` handlers share the worker's event loop. */
export type QueueName = 'cpu' | 'io';

export interface KindLimits {
  /** Of one attempt, unless the job says otherwise. Default 60. */
  timeoutSeconds?: number;
  /** Unless the job says otherwise. Default 3. */
  maxAttempts?: number;
  /** How long to wait between attempts, unless the job says otherwise. Default `exponential`. */
  backoff?: Backoff;
  /** Memory of a CPU attempt. Default 512. */
  memoryMb?: number;
  /** Jobs of this kind that one API key may submit per minute, all of them at once if it likes. Default null: no such limit. */
  ratePerMinute?: number | null;
}

export interface Kind<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** Dotted lower case, the same as the folder's name: `image.thumbnail`. */
  name: string;
  /** Raise it when the input, the output or the meaning changes: a worker runs only the version it has. */
  version: number;
  queue: QueueName;
  description: string;
  input: I;
  output: O;
  /** An input that works, shown in the catalogue. */
  example: z.input<I>;
  /** True when equal inputs have equal outputs. Default false. */
  cacheable?: boolean;
  /** Of a cacheable kind: false for an input whose output may still change. */
  cacheableWhen?(input: z.output<I>): boolean;
  limits?: KindLimits;
}

/** The type of `run` in a kind's `run.ts`: `export const run: Handler<typeof kind> = async (input, ctx) => …`. */
export type Handler<K extends Kind> = (
  input: z.output<K['input']>,
  context: HandlerContext,
) => z.input<K['output']> | Promise<z.input<K['output']>>;

/** Gives a kind its types. */
export function defineKind<I extends z.ZodType, O extends z.ZodType>(kind: Kind<I, O>): Kind<I, O> {
  return kind;
}

import { Problem, queueNames } from '@turno/contract';
import type { Request } from 'express';
import { z } from 'zod';
import { pathParameter } from '../../http/request/path-parameter.ts';
import type { Answer } from '../../http/response/answer.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';

export const queuePause = z.object({ queue: z.string(), paused: z.boolean() });

/** Pauses or resumes the queue that the path names. Twice is the same as once. Throws `unknown-queue`. */
export async function setQueuePause(
  { setPause }: Pick<OperationDeps, 'setPause'>,
  req: Request,
  paused: boolean,
): Promise<Answer> {
  const queue = pathParameter(req, 'queue');
  if (!queueNames.some((name) => name === queue)) {
    throw new Problem('unknown-queue', { detail: `The queues are ${queueNames.join(' and ')}.` });
  }
  await setPause({ scope: 'queue', name: queue }, paused);
  return jsonAnswer(200, { queue, paused });
}

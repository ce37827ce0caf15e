import { Problem } from '@turno/contract';
import type { Request } from 'express';
import { z } from 'zod';
import { pathParameter } from '../../http/request/path-parameter.ts';
import type { Answer } from '../../http/response/answer.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';

export const kindPause = z.object({ kind: z.string(), paused: z.boolean() });
export const pauseDescription = 'Done; workers follow within about a second, running attempts go on';

/** Pauses or resumes the kind that the path names. Twice is the same as once. Throws `unknown-kind`. */
export async function setKindPause(
  { catalogue, setPause }: Pick<OperationDeps, 'catalogue' | 'setPause'>,
  req: Request,
  paused: boolean,
): Promise<Answer> {
  const kind = pathParameter(req, 'kind');
  if (!catalogue.has(kind)) throw new Problem('unknown-kind', { detail: 'GET /v1/kinds lists them.' });
  await setPause({ scope: 'kind', name: kind }, paused);
  return jsonAnswer(200, { kind, paused });
}

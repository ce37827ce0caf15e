import type { AttemptResult } from '@turno/jobs';

export function tooLarge(returned: string, bytesMax: number): AttemptResult {
  const message = `The handler returned ${returned}; at most ${bytesMax} are stored.`;
  return { ok: false, code: 'output-too-large', message, permanent: true };
}

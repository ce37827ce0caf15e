import type { AttemptResult } from '@turno/jobs';

/** Makes the permanent failure of an output above the size limit. */
export function outputTooLarge(returned: string, bytesMax: number): AttemptResult {
  const message = `The handler returned ${returned}; the limit is ${bytesMax} bytes.`;
  return { ok: false, code: 'output-too-large', message, permanent: true };
}

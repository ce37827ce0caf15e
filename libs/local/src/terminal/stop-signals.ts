import { watchAncestors } from '../system/watch-npm.ts';

export interface Ending {
  /** Aborts when this process is asked to end: Ctrl-C, SIGTERM, a closed terminal, or the npm above it is gone. */
  asked: AbortSignal;
  /** Aborts when it is asked again. */
  hurry: AbortSignal;
}

const againMs = 300;

/** From here on this process ends only by its own will. */
export function listenForEnd(print: (line: string) => void): Ending {
  const asked = new AbortController();
  const hurry = new AbortController();
  let firstAt = 0;
  const ask = () => {
    if (!asked.signal.aborted) {
      firstAt = Date.now();
      print('Stopping …');
      asked.abort(new Error('asked to end'));
      return;
    }
    // One Ctrl-C can come twice: from the terminal, and passed on by npm.
    if (Date.now() - firstAt > againMs) hurry.abort(new Error('asked again'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  watchAncestors(() => {
    if (!asked.signal.aborted) ask();
  });
  // A closed terminal or a reader like `head` that went away is no reason to crash.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return { asked: asked.signal, hurry: hurry.signal };
}

import { watchNpm } from '../system/watch-npm.ts';

export interface StopSignals {
  /** Aborts at the first stop request: Ctrl-C, SIGTERM, a closed terminal, or the end of the npm above this process. */
  stop: AbortSignal;
  /** Aborts at the second stop request, which ends the grace of the processes. */
  force: AbortSignal;
}

const duplicateMs = 300;

/** Turns stop requests into abort signals. From here on no signal but SIGKILL ends this process by itself. */
export function listenForStop(print: (line: string) => void): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  let firstAt = 0;
  const onStopRequest = () => {
    if (!stop.signal.aborted) {
      firstAt = Date.now();
      print('Stopping …');
      stop.abort(new Error('stop requested'));
      return;
    }
    // One Ctrl-C can arrive twice: from the terminal, and forwarded by npm.
    if (Date.now() - firstAt > duplicateMs) force.abort(new Error('stop requested again'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStopRequest);
  watchNpm(() => {
    if (!stop.signal.aborted) onStopRequest();
  });
  // A closed terminal, or a reader such as `head` that ended, must not crash this process.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return { stop: stop.signal, force: force.signal };
}

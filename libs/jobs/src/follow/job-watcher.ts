import type { JobKey } from '@turno/postgres';
import type { JobSignals } from '@turno/redis';
import { createWakeup } from '../dispatch/wakeup.ts';
import type { EventPlace } from './event-place.ts';
import type { VersionPolls } from './poll-versions.ts';

/** What someone who follows a job has to do next, and the wait until there is something. */
export interface Attention {
  /** Postgres must be asked, and until it was, nothing else is waited for. */
  look(): void;
  /** The same, when Postgres did not answer: as soon as it does. */
  lookAgain(): void;
  takeLook(): boolean;
  /** True when a change was signalled. */
  takeChange(): boolean;
  /** True when the stream must be kept from expiring. */
  takeKeep(): boolean;
  wait(): Promise<void>;
  ended(): boolean;
  stop(): void;
}

const keepEveryMs = 5_000;

export async function payAttention(
  { signals, versionPolls }: { signals: JobSignals; versionPolls: VersionPolls },
  key: JobKey,
  { place, signal }: { place: EventPlace; signal: AbortSignal },
): Promise<Attention> {
  const bell = createWakeup();
  const due = { look: true, change: false, keep: false };
  const ring = (what: keyof typeof due) => {
    due[what] = true;
    bell.ring();
  };
  const take = (what: keyof typeof due) => {
    const was = due[what];
    due[what] = false;
    return was;
  };
  signal.addEventListener('abort', bell.end);
  if (signal.aborted) bell.end();
  const timer = setInterval(ring, keepEveryMs, 'keep');
  // While a look is due no version is known, so the next answer of Postgres rings.
  const known = () => (due.look ? -1 : place.version);
  const stopVersionPolls = versionPolls.add({ ...key, known, ring: () => ring('look') });
  const stopListening = await signals.subscribe(key.jobId, (what) =>
    what === 'change' ? ring('change') : bell.ring(),
  );
  return {
    look: () => ring('look'),
    lookAgain: () => void (due.look = true),
    takeLook: () => take('look'),
    takeChange: () => take('change'),
    takeKeep: () => take('keep'),
    wait: () => bell.rung(),
    ended: () => bell.ended(),
    stop() {
      clearInterval(timer);
      signal.removeEventListener('abort', bell.end);
      stopVersionPolls();
      stopListening();
    },
  };
}

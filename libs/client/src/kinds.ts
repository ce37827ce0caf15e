import type { KindDescription } from '@turno/contract';
import { pauseWhenBusy } from './pause.ts';
import { pathOf, type Query, type Requests } from './request.ts';
import { waitSeconds } from './wait-for-job.ts';

export interface Kinds {
  /** What work there is, with the JSON Schemas of input and output. */
  list(): Promise<KindDescription[]>;
  /** Refused with `unknown-kind`. */
  get(kind: string): Promise<KindDescription>;
  /**
   * The result of a kind whose results are shared, made if nobody has; resolves when it is there. Refused with `unknown-kind` for
   * every other kind, `invalid-request`, or `job-failed`, whose `problem` has the job's id and error.
   */
  run(kind: string, input: Query, options?: { signal?: AbortSignal }): Promise<unknown>;
  /** Starts no new attempts of this kind, for any tenant; running ones end. Twice is as once. For the first tenant's admin. */
  pause(kind: string): Promise<void>;
  /** Lets them start again. For the first tenant's admin. */
  resume(kind: string): Promise<void>;
}

export function createKinds({ send, ask }: Requests): Kinds {
  return {
    list: async () => (await ask<{ kinds: KindDescription[] }>(pathOf('kinds'))).kinds,
    get: (kind) => ask(pathOf('kinds', kind)),
    run: async (kind, input, { signal } = {}) => {
      const call = { query: input, headers: { prefer: `wait=${waitSeconds}` }, signal };
      for (;;) {
        signal?.throwIfAborted();
        const response = await send(pathOf('run', kind), call).catch((error: unknown) => pauseWhenBusy(error, signal));
        if (response?.status === 200) return response.json();
      }
    },
    pause: async (kind) => void (await send(pathOf('kinds', kind, 'pause'), { method: 'POST' })),
    resume: async (kind) => void (await send(pathOf('kinds', kind, 'resume'), { method: 'POST' })),
  };
}

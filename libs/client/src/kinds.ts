import type { KindDescription } from '@turno/contract';
import { pauseWhenBusy } from './pause.ts';
import { pathOf, type Query, type Requests } from './request.ts';
import { waitSeconds } from './wait-for-job.ts';

export interface Kinds {
  /** Lists all kinds with the JSON Schemas of their input and output. */
  list(): Promise<KindDescription[]>;
  /** Reads one kind. Throws `unknown-kind`. */
  get(kind: string): Promise<KindDescription>;
  /**
   * Returns the result of a cacheable kind: a stored one, or that of a new job. Throws `unknown-kind` for every other
   * kind, `invalid-request`, or `job-failed`; its `problem` has the id and the error of the job.
   */
  run(kind: string, input: Query, options?: { signal?: AbortSignal }): Promise<unknown>;
  /**
   * Starts no new attempts of this kind, for all tenants; running attempts end. Idempotent. For admins of the operator
   * tenant.
   */
  pause(kind: string): Promise<void>;
  /** Starts new attempts again. For admins of the operator tenant. */
  resume(kind: string): Promise<void>;
}

export function createKinds({ send, fetchJson }: Requests): Kinds {
  return {
    list: async () => (await fetchJson<{ kinds: KindDescription[] }>(pathOf('kinds'))).kinds,
    get: (kind) => fetchJson(pathOf('kinds', kind)),
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

import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.ts';

export const misbehaviour = 'CPU misbehaviour';

const loopSeconds = 4;
const limitMs = 60_000;

/** Endless loops and allocations without end on every worker's CPU slot. Resolves when all of them have ended. */
export const misbehave: Fault = async ({ api, clients, fleet, stopped }) => {
  const from = Date.now();
  const jobs = fleet.workers.flatMap((worker) =>
    (['loop', 'buffers'] as const).map((how) => {
      const key = `misbehave:${worker.name}:${how}:${from}`;
      const options = { tags: [key], priority: 100, maxAttempts: 1, timeoutSeconds: how === 'loop' ? loopSeconds : 30 };
      const failsWith = how === 'loop' ? 'timeout' : 'out-of-memory';
      return clients.submit({ kind: 'test.misbehave', input: { how }, options, failsWith }, key);
    }),
  );
  const open = new Set((await Promise.all(jobs)).filter((id) => id !== undefined));
  while (open.size > 0 && !stopped.aborted && Date.now() - from < limitMs) {
    for (const id of open) {
      const state = (await api.call('GET', `/v1/jobs/${id}`))?.body.state;
      if (state === 'failed' || state === 'completed') open.delete(id);
    }
    await delay(50);
  }
};

import { queueNames } from '@turno/contract';
import { findBlockedTenants, type ReleasedJob, releaseBlockedJobs, type Postgres } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Dispatcher } from './dispatch-job.ts';
import type { PauseWatch } from './watch-pauses.ts';
import type { Window } from './window.ts';

/** Jobs that wait until their tenant may run one more. None of these calls waits or throws. */
export interface BlockedJobs {
  /** A job of this tenant is blocked: it is let go when there is room. */
  ask(tenantId: string): void;
  /** A run of this tenant ended, so there is room. */
  noteRunEnded(tenantId: string): void;
  /** Asks for tenants that have blocked jobs, a page of them with each call: whoever let one go before may be gone by now. */
  askForAll(): Promise<void>;
  close(): Promise<void>;
}

export interface BlockedJobsDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
  log: Log;
  /** Jobs joined the backlog of this queue. */
  onBacklog?: (queue: string) => void;
}

const tenantsMax = 50;
const rowsMax = 100;

/** A tenant that was found at its limit is looked at again after this, however many jobs it submits meanwhile. */
const askAgainMs = 100;

export function createBlockedJobs(deps: BlockedJobsDeps): BlockedJobs {
  const { sql, window, log } = deps;
  const asked = new Set<string>();
  const full = new Set<string>();
  const later = new Set<string>();
  let running: Promise<void> | undefined;
  let last = '';
  let closed = false;
  const timer = setInterval(() => {
    full.clear();
    for (const tenantId of later) asked.add(tenantId);
    later.clear();
    pump();
  }, askAgainMs);

  function pump(): void {
    if (running !== undefined || asked.size === 0 || closed) return;
    running = release()
      .catch((error: unknown) => log.debug({ err: error }, 'blocked jobs wait for the next look'))
      .finally(() => {
        running = undefined;
        pump();
      });
  }

  async function release(): Promise<void> {
    const tenantIds = [...asked].slice(0, tenantsMax);
    for (const tenantId of tenantIds) asked.delete(tenantId);
    const direct = queueNames.filter((queue) => !window.hasBacklog(queue) && window.room(queue) > 0);
    const jobs = await releaseBlockedJobs(sql, { tenantIds, direct, pauses: deps.pauses.now(), rowsMax });
    send(deps, jobs);
    for (const tenantId of tenantIds) {
      const count = jobs.filter((job) => job.tenantId === tenantId).length;
      if (count === 0) full.add(tenantId);
      if (count === rowsMax) asked.add(tenantId);
    }
  }

  return {
    ask(tenantId) {
      (full.has(tenantId) ? later : asked).add(tenantId);
      pump();
    },
    noteRunEnded(tenantId) {
      asked.add(tenantId);
      pump();
    },
    async askForAll() {
      const found = await findBlockedTenants(sql, last, tenantsMax);
      last = found.length < tenantsMax ? '' : (found.at(-1) ?? '');
      for (const tenantId of found) asked.add(tenantId);
      pump();
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}

function send({ dispatcher, window, onBacklog }: BlockedJobsDeps, jobs: readonly ReleasedJob[]): void {
  for (const job of jobs) {
    if (job.backlog) window.noteBacklog(job.queue);
    else window.take(job.queue, 1);
  }
  dispatcher.dispatch(...jobs.filter((job) => !job.backlog));
  if (onBacklog)
    for (const queue of new Set(jobs.filter((job) => job.backlog).map((job) => job.queue))) onBacklog(queue);
}

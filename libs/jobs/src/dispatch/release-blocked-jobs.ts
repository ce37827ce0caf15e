import { findBlockedTenants, type Postgres, type ReleasedJob, releaseBlockedJobs } from '@turno/postgres';
import { queueNames } from '@turno/contract';
import type { Log } from '@turno/runtime';
import type { Dispatcher } from './dispatch-job.ts';
import type { PauseWatch } from './due-work.ts';
import type { Window } from './window.ts';

/**
 * Releases blocked jobs as soon as their tenants may run one more.
 * No call waits for the release or throws.
 */
export interface BlockedJobs {
  /** Reports a new blocked job of this tenant. It is released if the plan allows one more run. */
  noteBlocked(tenantId: string): void;
  /** Reports that a run of this tenant ended, so the plan allows one more. */
  noteRunEnded(tenantId: string): void;
  /**
   * Checks the next page of tenants with blocked jobs.
   * The process that should have released them may be gone.
   */
  checkNextTenants(): Promise<void>;
  close(): Promise<void>;
}

export interface BlockedJobsDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  window: Window;
  pauses: PauseWatch;
  log: Log;
  /** Called with the queue of released jobs that joined its backlog. */
  onBacklog?: (queue: string) => void;
}

const tenantsMax = 50;
const rowsMax = 100;

/** A tenant at its limit is checked again after this time, however many jobs it submits meanwhile. */
const repeatMs = 100;

/** Creates the release of blocked jobs. It checks tenants in batches, one statement at a time. */
export function createBlockedJobs(deps: BlockedJobsDeps): BlockedJobs {
  const { sql, window, log } = deps;
  const due = new Set<string>();
  const atLimit = new Set<string>();
  const later = new Set<string>();
  let running: Promise<void> | undefined;
  let lastChecked = '';
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const checkLater = (tenantId: string) => {
    atLimit.add(tenantId);
    timer ??= setTimeout(() => {
      timer = undefined;
      atLimit.clear();
      for (const one of later) due.add(one);
      later.clear();
      pump();
    }, repeatMs);
  };

  function pump(): void {
    if (running !== undefined || due.size === 0 || closed) return;
    running = release()
      .catch((error: unknown) => log.debug({ err: error }, 'blocked jobs were not released; the next check does it'))
      .finally(() => {
        running = undefined;
        pump();
      });
  }

  async function release(): Promise<void> {
    const tenantIds = [...due].slice(0, tenantsMax);
    for (const tenantId of tenantIds) due.delete(tenantId);
    const direct = queueNames.filter((queue) => !window.hasBacklog(queue) && window.capacity(queue) > 0);
    const jobs = await releaseBlockedJobs(sql, { tenantIds, direct, pauses: deps.pauses.now(), rowsMax });
    dispatchReleased(deps, jobs);
    for (const tenantId of tenantIds) {
      const count = jobs.filter((job) => job.tenantId === tenantId).length;
      if (count === 0) checkLater(tenantId);
      if (count === rowsMax) due.add(tenantId);
    }
  }

  return {
    noteBlocked(tenantId) {
      (atLimit.has(tenantId) ? later : due).add(tenantId);
      pump();
    },
    noteRunEnded(tenantId) {
      due.add(tenantId);
      pump();
    },
    async checkNextTenants() {
      const found = await findBlockedTenants(sql, lastChecked, tenantsMax);
      lastChecked = found.length < tenantsMax ? '' : (found.at(-1) ?? '');
      for (const tenantId of found) due.add(tenantId);
      pump();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function dispatchReleased({ dispatcher, window, onBacklog }: BlockedJobsDeps, jobs: readonly ReleasedJob[]): void {
  const direct = jobs.filter((job) => !job.backlog);
  const waiting = jobs.filter((job) => job.backlog);
  for (const { queue } of direct) window.reserveSlots(queue, 1);
  for (const { queue } of waiting) window.noteBacklog(queue);
  dispatcher.dispatch(...direct);
  if (onBacklog) for (const queue of new Set(waiting.map((job) => job.queue))) onBacklog(queue);
}

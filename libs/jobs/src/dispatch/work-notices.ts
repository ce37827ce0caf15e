import { queueNames } from '@turno/contract';
import type { DueWorkWatch } from './due-work.ts';

/** Sends notices of new work to all processes, so that none has to look for it often. A lost notice delays the work. */
export interface WorkNotices {
  /** Jobs joined the backlog of this queue; left out: of any queue. */
  backlog(queue?: string): void;
  /** Deliveries are due. */
  deliveries(): void;
  /** A queue or a kind was paused or resumed. */
  pauses(): void;
}

/** An equal notice is sent again after this time at the earliest, however often its cause occurs. */
const repeatMs = 50;

/** Creates the sender of notices. `send` never waits and never throws. */
export function createWorkNotices(send: (notice: string) => void): WorkNotices {
  /** Notices of the last `repeatMs`, and whether their cause occurred again since. */
  const sent = new Map<string, boolean>();
  const notify = (notice: string) => {
    if (sent.has(notice)) return void sent.set(notice, true);
    send(notice);
    sent.set(notice, false);
    setTimeout(() => {
      const again = sent.get(notice);
      sent.delete(notice);
      if (again) notify(notice);
    }, repeatMs).unref();
  };
  return {
    backlog: (queue = any) => notify(`backlog ${queue}`),
    deliveries: () => notify('deliveries'),
    pauses: () => notify('pauses'),
  };
}

/** Applies a notice of another process, or of this one. An unknown notice, as of a later version, has no effect. */
export function applyWorkNotice(dueWork: Pick<DueWorkWatch, 'noteBacklog' | 'note' | 'refresh'>, notice: string): void {
  const [what, name] = notice.split(' ');
  if (what === 'pauses') dueWork.refresh();
  if (what === 'deliveries') dueWork.note('deliveries');
  if (what !== 'backlog') return;
  for (const queue of queueNames) if (name === any || name === queue) dueWork.noteBacklog(queue);
}

const any = '*';

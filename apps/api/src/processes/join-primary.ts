import cluster from 'node:cluster';
import type { OpsOptions } from '@turno/runtime';
import type { Answer, Question } from './messages.ts';

/**
 * From here on this process answers for itself when the primary is asked how all are. When the primary is gone it ends as it would
 * when asked to, with what it has in hand; Node by itself would end it on the spot.
 */
export function joinPrimary(routes: OpsOptions['routes']): void {
  const { worker } = cluster;
  worker?.on('disconnect', () => {
    worker.exitedAfterDisconnect = true; // what Node looks at to see whether that was meant
  });
  process.on('message', ({ type, id, path, query }: Question) => {
    if (type !== 'ask') return;
    void routes[path]?.(new URLSearchParams(query)).then((answer) => tell({ type: 'answer', id, answer }));
  });
}

function tell(answer: Answer): void {
  process.send?.(answer, undefined, undefined, () => {}); // a primary that is gone asks no more
}

import cluster from 'node:cluster';
import type { OpsOptions } from '@turno/runtime';
import type { OpsRequest, OpsResponse } from './messages.ts';

/**
 * Answers the requests of the primary for operations paths.
 * When the primary is gone, this process stops within its grace; Node by itself would end it at once.
 */
export function joinPrimary(routes: OpsOptions['routes']): void {
  const { worker } = cluster;
  worker?.on('disconnect', () => {
    worker.exitedAfterDisconnect = true; // Node ends the process at once when this is false
  });
  process.on('message', ({ type, id, path, query }: OpsRequest) => {
    if (type !== 'ops-request') return;
    void routes[path]?.(new URLSearchParams(query)).then((answer) => sendToPrimary({ type: 'ops-answer', id, answer }));
  });
}

function sendToPrimary(answer: OpsResponse): void {
  process.send?.(answer, undefined, undefined, () => {}); // an error means that the primary is gone
}

import type { Socket } from 'node:net';

/**
 * Lets listeners hear the error of a socket together with its end, not some time before. The driver gives up its statements at the error and
 * takes the connection out of use at the end: one that it is given in between would be lost until that connection ends again.
 */
export function endImmediately(socket: Socket): void {
  const emit = socket.emit.bind(socket);
  let error: unknown;
  const emitInOrder = (event: string, ...values: unknown[]) => {
    if (event === 'error') error = values[0];
    if (event === 'error') return true;
    if (event === 'close' && error !== undefined) emit('error', error);
    return emit(event, ...values);
  };
  Object.assign(socket, { emit: emitInOrder });
}

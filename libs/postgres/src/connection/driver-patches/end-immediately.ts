import type { Socket } from 'node:net';

/**
 * Emits a socket's error together with its close. The driver fails its statements at the error and takes the connection
 * out of use at the close: a statement that it assigns to the connection in between would be lost until that connection
 * closes again.
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

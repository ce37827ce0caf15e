import { createConnection } from 'node:net';

/**
 * Opens a connection for prepared requests, one at a time.
 * Only status, length and an optional text of an answer are read: a client that parses more would be measured itself.
 * `onAnswer` gets the fault of the answer, or undefined.
 */
export function openConnection({ host, port, status, contains }, { onOpen, onAnswer, onError, onClose }) {
  const socket = createConnection({ host, port, noDelay: true });
  let received = '';
  const take = (text) => {
    received = received === '' ? text : received + text;
    const head = received.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = /\r\nContent-Length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? 0;
    if (received.length < head + 4 + Number(length)) return;
    const isExpected =
      Number(received.slice(9, 12)) === status && (contains === undefined || received.includes(contains));
    const fault = isExpected ? undefined : received.slice(0, 600);
    received = '';
    onAnswer(fault);
  };
  socket.setEncoding('latin1').on('data', take).on('connect', onOpen);
  socket.on('error', onError).on('close', onClose);
  return { send: (bytes) => socket.write(bytes), destroy: () => socket.destroy() };
}

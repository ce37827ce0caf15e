import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends one command past every client library, on a connection of its own. */
export async function rawRedis(url: string, command: string): Promise<void> {
  const { port, password } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`AUTH ${password}\r\n${command}\r\n`);
    let said = '';
    while (said.split('\r\n').length < 3) said += String((await once(socket, 'data'))[0]);
    if (said.includes('-')) throw new Error(`Redis refused ${command}: ${said}`);
  } finally {
    socket.destroy();
  }
}

import { connect } from 'node:net';

const timeoutMs = 1_000;

/** Returns true when the server accepts the password and has loaded its data. Never rejects. */
export function pingRedis(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    const end = () => {
      socket.destroy();
      resolve(answer.includes('+PONG'));
    };
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.split('\r\n').length > 2) end();
    });
    socket.on('timeout', end).on('error', end).on('close', end);
  });
}

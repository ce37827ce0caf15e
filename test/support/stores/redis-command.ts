import { connect } from 'node:net';

/** Sends one command to Redis by its plainest protocol and resolves with the raw reply. */
export function redisCommand(redisUrl: string, ...words: string[]): Promise<string> {
  const { hostname, port, password } = new URL(redisUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    const login = password === '' ? [] : [['AUTH', decodeURIComponent(password)]];
    for (const command of [...login, words, ['QUIT']]) socket.write(encode(command));
  });
}

function encode(words: string[]): string {
  return [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n');
}

import { createSocket } from 'node:dgram';
import { onTestFinished } from 'vitest';

const typeA = 1;

/**
 * A name server on loopback, ended with the test: it knows the address of some names, is silent about others, and
 * denies the rest.
 */
export async function startNameServer(known: Record<string, string>, silent: RegExp): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    if (silent.test(name)) return;
    const found = known[name];
    const answered = found !== undefined && type === typeA;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(found === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(answered ? 1 : 0, 6);
    head.fill(0, 8, 12);
    const answer = answered ? [0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, ...found.split('.').map(Number)] : [];
    socket.send(Buffer.concat([head, query.subarray(12, end), Buffer.from(answer)]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

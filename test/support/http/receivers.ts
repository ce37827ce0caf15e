import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** One request as it came over the wire. */
export interface Received {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** What a receiver does with a whole request: it writes raw bytes, ends the socket, or does neither. */
export type Answer = (socket: Socket, request: Received, count: number) => void;

export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** How many sockets are open now. */
  open(): number;
  close(): Promise<void>;
}

export const reply =
  (status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): Answer =>
  (socket) => {
    const length = { 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...headers };
    const head = Object.entries(length).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} Whatever\r\n${head.join('')}\r\n`);
    socket.end(body);
  };

export interface Certificate {
  key: string;
  cert: string;
}

/** A receiver on a bare socket, ended with the test; it keeps what it was sent. */
export async function startReceiver(answer: Answer, tls?: Certificate): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    collect(socket, (request) => {
      received.push(request);
      answer(socket, request, received.length);
    });
  };
  const server: Server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`, port, received, open: () => sockets.size, close };
}

function collect(socket: Socket, take: (request: Received) => void): void {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const [first = '', ...lines] = text.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => line.split(/:\s*/, 2)).map(([name = '', value = '']) => [name.toLowerCase(), value]),
    );
    const bytes = Number(headers['content-length'] ?? 0);
    if (text.length < end + 4 + bytes) return;
    const body = Buffer.from(text.slice(end + 4, end + 4 + bytes), 'latin1').toString('utf8');
    text = text.slice(end + 4 + bytes);
    take({ path: first.split(' ')[1] ?? '', headers, body });
  });
}

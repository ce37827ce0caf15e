import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import type { Encryption } from '@turno/runtime';
import { unanswered } from '../request-timeout.ts';

/**
 * An SSLRequest: a length and a number. The response is one byte. Source: "Message Formats" in the manual of
 * PostgreSQL.
 */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const accepts = 'S'.charCodeAt(0);
const timeoutMs = 2_000;

/**
 * Encrypts a connecting socket as the driver would, and resolves with the TLS socket. The driver takes it for a plain
 * socket, so that the other patches work on it. Never rejects, since the driver would then lose the connection for
 * good: a socket that fails closes with its error once the driver listens.
 */
export async function secureSocket(raw: Socket, host: string, encryption: Encryption): Promise<Socket> {
  const timer = setTimeout(() => raw.destroy(unanswered(timeoutMs)), timeoutMs);
  raw.on('error', () => {}); // handled below, or by the driver
  try {
    return await secure(raw, host, encryption);
  } catch (error) {
    if (!raw.closed) {
      raw.destroy();
      await once(raw, 'close');
    }
    setImmediate(() => ['error', 'close'].forEach((event) => raw.emit(event, error)));
    return raw;
  } finally {
    clearTimeout(timer);
  }
}

async function secure(raw: Socket, host: string, { mode, direct, ...context }: Encryption): Promise<Socket> {
  await emitted(raw, 'connect');
  if (!direct) {
    raw.write(sslRequest);
    const [response] = (await emitted(raw, 'data')) as [Buffer];
    if (response[0] !== accepts && mode === 'prefer') return raw;
    // More than one byte would come from an attacker in between, who wants it taken for encrypted data.
    if (response[0] !== accepts || response.length > 1)
      throw new Error('Postgres does not encrypt connections: set ssl = on in its configuration');
  }
  const options: ConnectionOptions = {
    ...context,
    socket: raw,
    host, // whose name the certificate must have
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
  };
  if (mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  if (isIP(host) === 0) options.servername = host;
  if (direct) options.ALPNProtocols = ['postgresql'];
  const socket = connect(options);
  socket.on('error', () => {});
  await emitted(socket, 'secureConnect');
  return socket;
}

/** Resolves with the values of an event; rejects when the socket closes before it. */
function emitted(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let fault: unknown = Object.assign(new Error('the connection was closed'), { code: 'CONNECTION_CLOSED' });
    socket.once(event, (...values: unknown[]) => resolve(values));
    socket.once('error', (error) => (fault = error));
    socket.once('close', () => reject(fault));
  });
}

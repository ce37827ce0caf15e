import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import postgres from 'postgres';
import { unanswered } from '../request-timeout.ts';

/** How a connection is to be encrypted, as the driver reads it from an address and its environment. */
export interface Encryption {
  /** `prefer` goes without where the server cannot. Neither it nor `require` and `allow` look at the certificate. */
  mode: string;
  /** Nobody asks first whether the server can. */
  direct: boolean;
}

/** Undefined when nothing is to be encrypted. */
export function encryptionOf(url: string): Encryption | undefined {
  const { ssl, sslnegotiation } = postgres(url, { max: 1 }).options as { ssl: unknown; sslnegotiation?: unknown };
  return ssl === false ? undefined : { mode: String(ssl), direct: sslnegotiation === 'direct' };
}

/** "Message Formats" in the manual of PostgreSQL: a length and a number. The answer is one byte. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const yes = 'S'.charCodeAt(0);
const withinMs = 2_000;

/**
 * Encrypts a socket that connects, as the driver would, and resolves with the one to speak on. The driver takes that for a plain one, so all
 * that is mended on its sockets is mended here too. Never rejects, since the driver would lose the connection for good: one that fails ends
 * with its error once the driver listens.
 */
export async function secureSocket(raw: Socket, host: string, encryption: Encryption): Promise<Socket> {
  const timer = setTimeout(() => raw.destroy(unanswered(withinMs)), withinMs);
  raw.on('error', () => {}); // heard below, or by the driver
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

async function secure(raw: Socket, host: string, { mode, direct }: Encryption): Promise<Socket> {
  await heard(raw, 'connect');
  if (!direct) {
    raw.write(sslRequest);
    const [answer] = (await heard(raw, 'data')) as [Buffer];
    if (answer[0] !== yes && mode === 'prefer') return raw;
    // More than a byte would be somebody's in between, taken for what comes encrypted.
    if (answer[0] !== yes || answer.length > 1)
      throw new Error('Postgres does not encrypt connections: set ssl = on there');
  }
  const options: ConnectionOptions = {
    socket: raw,
    rejectUnauthorized: !['require', 'allow', 'prefer'].includes(mode),
  };
  if (isIP(host) === 0) options.servername = host;
  if (direct) options.ALPNProtocols = ['postgresql'];
  const socket = connect(options);
  socket.on('error', () => {});
  await heard(socket, 'secureConnect');
  return socket;
}

/** Rejects when the socket ends before. */
function heard(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let fault: unknown = Object.assign(new Error('the connection ended'), { code: 'CONNECTION_CLOSED' });
    socket.once(event, (...values: unknown[]) => resolve(values));
    socket.once('error', (error) => (fault = error));
    socket.once('close', () => reject(fault));
  });
}

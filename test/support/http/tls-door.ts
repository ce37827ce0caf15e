import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './receivers.ts';

/**
 * Speaks TLS as Postgres does, asked first whether it can, before a server that stays as it is. `refuses`: it says that
 * it cannot.
 */
export async function openTlsDoor(url: string, certificate: Certificate, refuses = false) {
  const [target, door] = [new URL(url), new URL(url)];
  const server = createServer((caller) => {
    caller.on('error', () => caller.destroy());
    caller.once('data', (asked) => {
      if (asked.length !== 8) return void caller.destroy();
      caller.write(refuses ? 'N' : 'S');
      const plain = refuses ? caller : new TLSSocket(caller, { isServer: true, ...certificate });
      const behind = connect(Number(target.port), target.hostname);
      plain.pipe(behind).pipe(plain);
      for (const [one, other] of [
        [plain, behind],
        [behind, plain],
      ] as const) {
        one.on('error', () => one.destroy()).once('close', () => other.destroy());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  door.port = String((server.address() as AddressInfo).port);
  return { url: door.href, close: () => server.close() };
}

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range from which Linux takes ports for outgoing connections and for listeners that ask for any. */
const range = { from: 16_000, below: 32_000 };
const tries = 100;

/**
 * A port nobody listens on right now, and that nobody gets by chance: a store that is killed finds it free again when it is
 * started again. Another process may still choose it first: callers try again with a new one.
 */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = randomInt(range.from, range.below);
    if (await isFree(port, '127.0.0.1')) return port;
  }
  throw new Error(`this system has no free TCP port from ${range.from} to ${range.below - 1}`);
}

/** True when nothing listens on this port of this address and this user may listen there. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

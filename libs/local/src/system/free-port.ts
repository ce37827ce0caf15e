import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ephemeral range of Linux, from which outgoing connections and listeners on port 0 get their ports. */
const range = { from: 16_000, below: 32_000 };
const tries = 100;

/**
 * Returns a free port that the system gives to no other process by chance.
 * A killed store therefore finds its port free at its restart. Another process may still choose the port first: callers
 * then try again with a new one.
 */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = randomInt(range.from, range.below);
    if (await isFree(port, '127.0.0.1')) return port;
  }
  throw new Error(`this system has no free TCP port from ${range.from} to ${range.below - 1}`);
}

/** Returns true when no process listens on this port of this address and this user may listen there. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

import { createServer } from 'node:net';

/** A port nobody listens on right now. Another process may take it before it is used: callers try again with a new one. */
export async function freePort(): Promise<number> {
  const taken = await listen(0, '127.0.0.1');
  if (typeof taken !== 'number') throw new Error('this system has no free TCP port', { cause: taken });
  return taken;
}

/** True when nothing listens on this port of this address and this user may listen there. */
export async function isFree(port: number, host: string): Promise<boolean> {
  return typeof (await listen(port, host)) === 'number';
}

function listen(port: number, host: string): Promise<number | Error> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

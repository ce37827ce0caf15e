import { Agent, request } from 'node:http';

/** Creates keep-alive clients with one request at a time each. `send` resolves with status, body and milliseconds. */
export function openClients({ api, key, clients }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const { hostname, port } = new URL(api);
  const fixed = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const send = (method, path, { body, headers } = {}) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const req = request(
        { agent, hostname, port, method, path, headers: { ...fixed, ...length, ...headers } },
        (res) => {
          const chunks = [];
          res.on('data', (chunk) => chunks.push(chunk));
          res.on('end', () =>
            resolve({ status: res.statusCode, body: Buffer.concat(chunks), ms: performance.now() - began }),
          );
        },
      );
      req.once('error', reject);
      req.end(body);
    });
  return {
    send,
    /** Calls `work(n)` from all clients until `count` calls were made or the time is over. */
    async repeat(work, { count = Infinity, seconds = 60 }) {
      let next = 0;
      const deadline = performance.now() + seconds * 1_000;
      const runClient = async () => {
        while (next < count && performance.now() < deadline) await work(next++);
      };
      const began = performance.now();
      await Promise.all(Array.from({ length: clients }, runClient));
      return { done: next, seconds: (performance.now() - began) / 1_000 };
    },
    close: () => agent.destroy(),
  };
}

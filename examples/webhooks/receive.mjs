// Registers itself as an endpoint, submits a job and waits for its webhook. Needs the package `standardwebhooks`.
//   node receive.mjs http://127.0.0.1:3000 tno_live_…
// Turno sends to a private address only when OUTBOUND_ALLOW_HOSTS names it: start Turno with
// OUTBOUND_ALLOW_HOSTS=127.0.0.1
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [api, key] = process.argv.slice(2);

const call = async (path, body) => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

/** The ids of handled events: every event may arrive more than once. */
const handled = new Set();
let secret = '';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    let event;
    try {
      // The signature is of the raw bytes; parsed and serialized again they may differ.
      event = new Webhook(secret).verify(Buffer.concat(chunks), request.headers);
    } catch {
      response.writeHead(401).end(); // forged, changed in transit, or older than the tolerance
      return;
    }
    response.writeHead(204).end(); // answer within 15 s, before the work
    const id = request.headers['webhook-id'];
    if (handled.has(id)) return;
    handled.add(id);
    console.log(JSON.stringify({ type: event.type, job: event.data.id, output: event.data.output }));
    server.close();
  });
});

await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
({ secret } = await call('/v1/endpoints', { url, events: ['job.completed'] }));

const forged = await fetch(url, { method: 'POST', body: '{"type":"job.completed"}' });
console.log(JSON.stringify({ forged: forged.status }));
await call('/v1/jobs', { kind: 'math.sum-of-squares', input: { n: 1000 } });

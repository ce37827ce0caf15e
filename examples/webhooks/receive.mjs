// Registers itself as an endpoint, submits a job and waits until it is told of the end. Needs the package `standardwebhooks`.
//   node receive.mjs http://127.0.0.1:3000 tno_live_…
// Turno sends to private addresses only where OUTBOUND_ALLOW_HOSTS names them: for this one start it with OUTBOUND_ALLOW_HOSTS=127.0.0.1
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [api, key] = process.argv.slice(2);

const call = async (path, body) => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

/** Every event may come more than once: whoever acts on it remembers what it has acted on. */
const handled = new Set();
let secret = '';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    let event;
    try {
      // The bytes as they came: parsed and printed again they would be others, and the signature would not fit.
      event = new Webhook(secret).verify(Buffer.concat(chunks), request.headers);
    } catch {
      response.writeHead(401).end(); // forged, changed on the way, or recorded long ago
      return;
    }
    response.writeHead(204).end(); // first, and within 15 s: the work comes after it
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

// Registers itself as an endpoint, submits a job and waits for its webhook. Needs the package `standardwebhooks`, which
// `npm start` has installed. In its folder:
//   node examples/webhooks/receive.mjs http://127.0.0.1:3000 $(cat .turno/key)
// Turno sends to a private address only when OUTBOUND_ALLOW_HOSTS names it: start Turno with
// OUTBOUND_ALLOW_HOSTS=127.0.0.1
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [api, key] = process.argv.slice(2);

/** A failure with a mend for the reader. */
class Failure extends Error {}

async function call(path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(api + path, init).catch((error) => {
    const reason = error.cause?.code ?? error.cause?.message ?? error.message;
    throw new Failure(`${api} does not answer (${reason}): run npm start, and give the address that it prints.`);
  });
  if (response.status === 401) throw new Failure('The key is not valid: give $(cat .turno/key), or a key of yours.');
  const text = await response.text();
  if (text.includes('"/url"')) {
    throw new Failure('Turno does not send to this address: start it with OUTBOUND_ALLOW_HOSTS=127.0.0.1');
  }
  if (!response.ok) throw new Failure(text);
  return JSON.parse(text);
}

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

async function main() {
  if (!URL.canParse(api) || key === undefined) throw new Failure('Usage: node receive.mjs <address of the API> <key>');
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  ({ secret } = await call('/v1/endpoints', { url, events: ['job.completed'] }));

  const forged = await fetch(url, { method: 'POST', body: '{"type":"job.completed"}' });
  console.log(JSON.stringify({ forged: forged.status }));
  await call('/v1/jobs', { kind: 'math.sum-of-squares', input: { n: 1000 } });
}

await main().catch((error) => {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
  server.close();
});

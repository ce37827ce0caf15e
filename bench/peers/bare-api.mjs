import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { openNaive } from './naive-database.mjs';
import { startPeer } from './peer-process.mjs';

/*
 * The least that a Node server can do: a constant answer to a GET; for a POST a group commit, then `addBulk`.
 * All submits that arrive during one commit share the next one. No key, no limit, no schema, no log.
 */
const rowsMax = 500;
const sql = await openNaive();
const queue = new Queue('bare', { connection: new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null }) });
const body = process.env.BODY ?? '{}';
const head = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
const waiting = [];
let committing = false;

const server = createServer({ noDelay: true }, (req, res) => {
  if (req.method === 'GET') return res.writeHead(200, head).end(body);
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const { kind, input } = JSON.parse(Buffer.concat(chunks).toString());
    waiting.push({ id: randomUUID(), kind, input, res });
    if (!committing) void commitAll();
  });
});

async function commitAll() {
  committing = true;
  await new Promise(setImmediate); // whatever else arrived in this turn joins
  while (waiting.length > 0) {
    const group = waiting.splice(0, rowsMax);
    const column = (read) => group.map(read);
    await sql`INSERT INTO naive.jobs (id, kind, state, input)
      SELECT id, kind, 'queued', input::json FROM unnest(${column(({ id }) => id)}::text[],
        ${column(({ kind }) => kind)}::text[], ${column(({ input }) => JSON.stringify(input))}::text[])
        AS new (id, kind, input)`;
    for (const { id, res } of group) {
      const answer = JSON.stringify({ id, state: 'queued' });
      const length = Buffer.byteLength(answer);
      res.writeHead(202, { 'Content-Type': 'application/json', 'Content-Length': length }).end(answer);
    }
    await queue.addBulk(group.map(({ id, kind, input }) => ({ name: kind, data: { input }, opts: { jobId: id } })));
  }
  committing = false;
}

server.listen(0, '127.0.0.1', () => startPeer({}, { api: `http://127.0.0.1:${server.address().port}` }));

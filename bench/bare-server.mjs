import { createServer } from 'node:http';
import { newId } from '@turno/contract';
import { createBatcher, insertJobs, openPostgres } from '@turno/postgres';

/**
 * The baseline for an API process: the minimum of a Node server for a poll and for a durable submit.
 * It is node's own HTTP server with a fixed answer of a job's size, and the same statement for the rows of many
 * submits. No key, no limits, no schema, no log.
 */
const postgres = openPostgres({ url: process.env.DATABASE_URL, poolMax: 10, prepare: true, name: 'bare' });
const rows = createBatcher({
  flush: (jobs) => insertJobs(postgres.sql, jobs),
  key: ({ id }) => id,
  timeoutMs: 2_000,
});
const { body, job } = JSON.parse(process.env.BARE);
const head = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };

const server = createServer({ noDelay: true }, (req, res) => {
  if (req.method === 'GET') return res.writeHead(200, head).end(body);
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => void submit(chunks, res));
});

async function submit(chunks, res) {
  const { input } = JSON.parse(Buffer.concat(chunks).toString());
  await rows.add({ ...job, id: newId('job'), input: JSON.stringify(input) });
  res.writeHead(202, head).end(body);
}

server.listen(0, '127.0.0.1', () => {
  process.send({ type: 'ready', addresses: { api: `http://127.0.0.1:${server.address().port}` } });
});
process.once('SIGTERM', () => process.exit());

import { createConnection } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Waiting clients in a process of their own, one connection each.
 * They are as cheap as possible in Node, so that the server is measured. The message `{ host, port, requests }` opens
 * them; `report` returns when each was notified of its job's end, and how each connection ended. Times are of a clock
 * that all processes share.
 */
const now = () => performance.timeOrigin + performance.now();
const late = monitorEventLoopDelay({ resolution: 10 });
const atOnce = 500;
const waiters = [];

process.on('message', (order) => {
  if (order.type === 'open') void openAll(order);
  else if (order.type === 'begin') late.enable();
  else process.send({ waiters: waiters.map(reportOf), lateMs: late.percentile(99) / 1e6 });
});
process.once('disconnect', () => process.exit());

async function openAll({ host, port, requests }) {
  for (let at = 0; at < requests.length; at += atOnce) {
    await Promise.all(requests.slice(at, at + atOnce).map((text) => open({ host, port, text })));
  }
  process.send({ opened: waiters.length, errors: waiters.filter(({ error }) => error !== undefined).length });
}

/** Opens a connection. Resolves once its request is sent. */
function open({ host, port, text }) {
  const waiter = { got: '', notifiedAt: undefined, closedAt: undefined, error: undefined };
  waiters.push(waiter);
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('connect', () => resolve(void socket.write(text)));
    socket.on('data', (chunk) => {
      waiter.got += chunk;
      if (waiter.notifiedAt === undefined && chunk.includes('"state":"completed"')) waiter.notifiedAt = now();
    });
    socket.on('error', (error) => resolve(void (waiter.error = error.message)));
    socket.on('close', () => resolve(void (waiter.closedAt = now())));
  });
}

/** Reports a client. An answer is complete when its length matches or its last chunk has arrived. */
function reportOf({ got, notifiedAt, closedAt, error }) {
  const head = got.slice(0, got.indexOf('\r\n\r\n') + 4);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const isWhole = length === undefined ? got.endsWith('\r\n0\r\n\r\n') : got.length === head.length + Number(length);
  return { status: Number(got.slice(9, 12)), isWhole, notifiedAt, closedAt, error };
}

import { setTimeout as delay } from 'node:timers/promises';
import { createTimetable } from '../measure/statistics.mjs';
import { openConnection } from './connection.mjs';

/** A timer of Node is exact to a millisecond; the client does not spin, since it shares the cores with the servers. */
const tickMs = 1;

/**
 * Sends requests at a fixed rate, whether or not earlier ones were answered.
 * A latency counts from the time at which the request was due. A request that finds no idle connection opens one, up to
 * `connectionsMax`; then it waits for one, and its latency grows. Requests without an answer `graceMs` after the end are
 * counted as unanswered.
 */
export async function runFixedRate({
  seconds,
  perSecond,
  requests,
  connectionsMax = 2_000,
  graceMs = 5_000,
  ...order
}) {
  const timetable = createTimetable({ perSecond, seconds });
  const bytes = requests.map((text) => Buffer.from(text));
  const pool = createPool(order, { bytes, connectionsMax });
  const began = performance.now();
  while (!timetable.isOver()) {
    for (const dueMs of timetable.takeDue(performance.now() - began)) pool.add(began + dueMs);
    await delay(tickMs);
  }
  const until = performance.now() + graceMs;
  while (pool.times.length + pool.errors.length < timetable.count && performance.now() < until) await delay(tickMs);
  pool.close();
  const { times, errors } = pool;
  return { times, errors, unanswered: Math.max(0, timetable.count - times.length - errors.length) };
}

/** Creates a pool of connections. `add` sends a request that was due at a time. */
function createPool(order, { bytes, connectionsMax }) {
  const times = [];
  const errors = [];
  const waiting = [];
  const idle = [];
  const open = new Set();
  let sent = 0;
  const sendNext = (client) => {
    const due = waiting.shift();
    client.due = due;
    if (due === undefined) idle.push(client);
    else client.connection.send(bytes[sent++ % bytes.length]);
  };
  const openClient = () => {
    const client = { due: undefined, connection: undefined };
    open.add(client);
    client.connection = openConnection(order, {
      onOpen: () => sendNext(client),
      onAnswer(fault) {
        if (fault === undefined) times.push(performance.now() - client.due);
        else errors.push(fault);
        sendNext(client);
      },
      onError: (error) => errors.push(error.message),
      onClose() {
        open.delete(client);
        const place = idle.indexOf(client);
        if (place !== -1) idle.splice(place, 1);
      },
    });
  };
  return {
    times,
    errors,
    add(due) {
      waiting.push(due);
      const client = idle.pop();
      if (client !== undefined) sendNext(client);
      else if (open.size < connectionsMax) openClient();
    },
    close: () => open.forEach(({ connection }) => connection.destroy()),
  };
}

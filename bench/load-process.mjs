import { createConnection } from 'node:net';

/**
 * A cheap client in a process of its own.
 * Requests are prepared bytes, and only status and length of an answer are read. The parent sends `{ host, port,
 * connections, seconds, requests, status }` and receives a report. A request is a string; connection n sends the
 * requests n, n + connections, and so on.
 */
process.on('message', (order) => void load(order).then((report) => process.send(report)));
process.once('disconnect', () => process.exit());

async function load({ seconds, connections, ...order }) {
  const run = { ...order, connections, times: [], errors: [], until: performance.now() + seconds * 1_000 };
  const began = performance.now();
  const used = process.cpuUsage();
  await Promise.all(Array.from({ length: connections }, (_, index) => converse(run, index)));
  const took = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(used);
  const { times, errors } = run;
  times.sort((a, b) => a - b);
  return {
    done: times.length,
    seconds: took,
    errors: errors.length,
    firstError: errors[0],
    p50: times[Math.floor(0.5 * times.length)],
    p99: times[Math.floor(0.99 * times.length)],
    processor: (user + system) / 1e6 / took,
  };
}

/** Opens one connection after the other, since a server closes each after a number of requests. */
async function converse(run, index) {
  const { requests, connections } = run;
  const isOwn = (_request, position) => position % connections === index;
  const own = requests.length < connections ? [requests[index % requests.length]] : requests.filter(isOwn);
  for (const state = { next: 0 }; performance.now() < run.until && run.errors.length < 100;) {
    await useConnection(
      run,
      own.map((text) => Buffer.from(text)),
      state,
    );
  }
}

function useConnection(run, requests, state) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: run.host, port: run.port, noDelay: true });
    let began = 0;
    let received = '';
    const sendNext = () => {
      began = performance.now();
      if (began >= run.until) return socket.destroy();
      socket.write(requests[state.next++ % requests.length]);
    };
    const take = (text) => {
      received = received === '' ? text : received + text;
      const head = received.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = /\r\nContent-Length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? 0;
      if (received.length < head + 4 + Number(length)) return;
      const status = Number(received.slice(9, 12));
      if (status !== run.status) run.errors.push(received.slice(0, 600));
      run.times.push(performance.now() - began);
      received = '';
      began = 0;
      sendNext();
    };
    socket.setEncoding('latin1').on('data', take).on('connect', sendNext);
    socket.on('error', (error) => run.errors.push(error.message)).on('close', resolve);
  });
}

import { createConnection } from 'node:net';

/**
 * A client in a process of its own, as cheap as one in Node can be: requests are bytes made before, of an answer it reads the status and the
 * length. Its parent sends `{ host, port, connections, seconds, requests, status }` as often as it likes and hears what was done. A
 * request is a string, and connection n sends those at n, n + connections and so on in turn.
 */
process.on('message', (order) => void load(order).then((report) => process.send(report)));
process.once('disconnect', () => process.exit());

async function load({ seconds, connections, ...order }) {
  const run = { ...order, connections, times: [], errors: [], until: performance.now() + seconds * 1_000 };
  const began = performance.now();
  const used = process.cpuUsage();
  await Promise.all(Array.from({ length: connections }, (_, place) => converse(run, place)));
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

/** One connection after the other, since a server closes each after so many requests. */
async function converse(run, place) {
  const { requests, connections } = run;
  const isOwn = (_request, index) => index % connections === place;
  const own = requests.length < connections ? [requests[place % requests.length]] : requests.filter(isOwn);
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
    let held = '';
    const ask = () => {
      began = performance.now();
      if (began >= run.until) return socket.destroy();
      socket.write(requests[state.next++ % requests.length]);
    };
    const take = (text) => {
      held = held === '' ? text : held + text;
      const head = held.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = /\r\nContent-Length: (\d+)/i.exec(held.slice(0, head + 2))?.[1] ?? 0;
      if (held.length < head + 4 + Number(length)) return;
      const status = Number(held.slice(9, 12));
      if (status !== run.status) run.errors.push(held.slice(0, 600));
      run.times.push(performance.now() - began);
      held = '';
      began = 0;
      ask();
    };
    socket.setEncoding('latin1').on('data', take).on('connect', ask);
    socket.on('error', (error) => run.errors.push(error.message)).on('close', resolve);
  });
}

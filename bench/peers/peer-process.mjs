/**
 * Connects a program of this folder with the benchmark that started it.
 * `orders` has a function per type of order; its result is the reply. The program ends with the benchmark.
 */
export function startPeer(orders, addresses = {}) {
  process.on('message', ({ type, ...order }) => {
    void orders[type](order).then((reply) => process.send({ type: 'reply', ...reply }));
  });
  process.once('disconnect', () => process.exit());
  process.once('SIGTERM', () => process.exit());
  process.send({ type: 'ready', addresses });
}

/**
 * Creates a counter of the jobs that one drain completes.
 * The time runs from the start of the first handler to the last durable end, as it does for Turno.
 */
export function countDrain({ jobs, secondsMax }) {
  let began;
  let ended;
  let done = 0;
  const { promise, resolve } = Promise.withResolvers?.() ?? resolvers();
  let timer;
  return {
    begin() {
      if (began !== undefined) return;
      began = performance.now();
      timer = setTimeout(() => resolve(), secondsMax * 1_000);
    },
    end(count = 1) {
      done += count;
      ended = performance.now();
      if (done < jobs) return;
      clearTimeout(timer);
      resolve();
    },
    /** Resolves when all jobs are done, or when the time is over that begins with the first start. */
    async report() {
      await promise;
      return { done, seconds: (ended - began) / 1_000 };
    },
  };
}

/** Node 20 has no `Promise.withResolvers`. */
function resolvers() {
  const parts = {};
  parts.promise = new Promise((resolve) => (parts.resolve = resolve));
  return parts;
}

/** Returns the order of 500 jobs at a time that fills a BullMQ queue. */
export async function addAll(queue, jobs) {
  const data = { kind: 'noop', input: { value: 1 } };
  for (let left = jobs; left > 0; left -= 500) {
    await queue.addBulk(Array.from({ length: Math.min(500, left) }, () => ({ name: 'noop', data })));
  }
  return {};
}

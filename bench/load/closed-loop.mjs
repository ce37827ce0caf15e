import { openConnection } from './connection.mjs';

const errorsMax = 100;

/**
 * Sends requests on a number of connections, each the next one once the last one was answered.
 * Connection n sends the requests n, n + connections, and so on.
 */
export async function runClosedLoop({ seconds, connections, ...order }) {
  const run = { ...order, connections, times: [], errors: [], until: performance.now() + seconds * 1_000 };
  await Promise.all(Array.from({ length: connections }, (_, index) => converse(run, index)));
  return { times: run.times, errors: run.errors };
}

/** Opens one connection after the other, since a server closes each after a number of requests. */
async function converse(run, index) {
  const { requests, connections } = run;
  const isOwn = (_request, position) => position % connections === index;
  const own = requests.length < connections ? [requests[index % requests.length]] : requests.filter(isOwn);
  const bytes = own.map((text) => Buffer.from(text));
  for (const state = { next: 0 }; performance.now() < run.until && run.errors.length < errorsMax;) {
    await useConnection(run, bytes, state);
  }
}

function useConnection(run, requests, state) {
  return new Promise((resolve) => {
    let began = 0;
    const sendNext = () => {
      began = performance.now();
      if (began >= run.until) return connection.destroy();
      connection.send(requests[state.next++ % requests.length]);
    };
    const connection = openConnection(run, {
      onOpen: sendNext,
      onAnswer(fault) {
        if (fault !== undefined) run.errors.push(fault);
        run.times.push(performance.now() - began);
        sendNext();
      },
      onError: (error) => run.errors.push(error.message),
      onClose: resolve,
    });
  });
}

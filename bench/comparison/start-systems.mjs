/** The concurrency that Turno's worker ships with; other workers get the same. */
const concurrency = 50;

/** The request that every contestant gets, as the body of a submit. */
export const submitBody = JSON.stringify({ kind: 'test.noop', input: { value: 1 } });

/**
 * Starts one API and one worker of Turno, and a client.
 * Every system has `processes` (name → pid) and a `load`; both end with the round.
 */
export async function startTurno(round, { worker = true, settings = {} } = {}) {
  const fleet = round.openFleet(settings);
  const [api, runner] = await Promise.all([fleet.start('api'), worker ? fleet.start('worker') : undefined]);
  const load = round.openLoad({ api: api.addresses.api, key: fleet.key });
  return toSystem({ api: api.child, worker: runner?.child }, load);
}

/** Starts the naive system: an API, and a worker unless only submits are measured. */
export async function startNaive(round, { worker = true } = {}) {
  const api = await round.startPeer('express-api.mjs', { MODE: 'naive' });
  const runner = worker ? await round.startPeer('naive-worker.mjs') : undefined;
  await runner?.order({ type: 'serve', concurrency });
  return toSystem({ api: api.child, worker: runner?.child }, round.openLoad({ api: api.addresses.api }));
}

/** Starts a server of bench/peers without a worker. */
export async function startServer(round, file, environment) {
  const { child, addresses } = await round.startPeer(file, environment);
  return toSystem({ api: child }, round.openLoad({ api: addresses.api }));
}

function toSystem(children, load) {
  const running = Object.entries(children).filter(([, child]) => child !== undefined);
  return {
    processes: Object.fromEntries(running.map(([name, child]) => [name, child.pid])),
    load,
  };
}

/** Sums the processor seconds of all processes. */
export function sumSeconds(used) {
  return Object.values(used).reduce((sum, seconds) => sum + seconds, 0);
}

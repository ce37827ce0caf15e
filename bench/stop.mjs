const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** What must be closed at the end, in the order in which it was opened. */
const opened = new Set();
let stopping = false;

/** Registers what must be closed when the benchmark ends early. Returns `close`, which then runs only once. */
export function closeAtStop(close) {
  const closeOnce = async () => {
    if (opened.delete(closeOnce)) await close();
  };
  opened.add(closeOnce);
  return closeOnce;
}

/** Closes everything in reverse order and ends the process. Never resolves. */
export async function stopBench(code) {
  if (stopping) return new Promise(() => {});
  stopping = true;
  for (const close of [...opened].toReversed()) {
    await close().catch((error) => console.error(`Not closed: ${error.message}`));
  }
  return process.exit(code);
}

/** True once the benchmark ends early: what fails then, fails because of it. */
export function isStopping() {
  return stopping;
}

/** Stops the benchmark at Ctrl-C, SIGTERM or a closed terminal: processes first, then the stores. */
function listenForStop() {
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => {
      if (!stopping) console.error(`${signal}: the processes and stores of the benchmark stop.`);
      void stopBench(code);
    });
  }
}

/** Runs a benchmark and closes everything in any case. An error becomes one line and exit code 1. */
export async function runToEnd(work) {
  listenForStop();
  try {
    await work();
  } catch (error) {
    if (!stopping) console.error(error instanceof BenchError ? error.message : error);
    await stopBench(1);
  }
  await stopBench(process.exitCode ?? 0);
}

/** An error that the user can mend: only its message is printed. */
export class BenchError extends Error {}

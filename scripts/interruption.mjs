const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
/** Running children, each with the signal that ends it. */
const children = new Set();
let stopping = false;

/** Counts a child process of a preparation among those that an interruption ends. */
export function addChild(child, signal) {
  const entry = { child, signal };
  children.add(entry);
  child.once('exit', () => children.delete(entry));
}

/**
 * Ends the preparation at Ctrl-C, SIGTERM or a closed terminal: prints a line, ends the children, releases the locks
 * and exits with 128 and the number of the signal. Returns a function that ends this.
 */
export function listenForInterruption() {
  const listeners = Object.keys(numbers).map((signal) => [signal, () => void onSignal(signal)]);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** True from the moment of an interruption: what fails then, fails because of it. */
export function isInterrupted() {
  return stopping;
}

async function onSignal(signal) {
  if (stopping) return; // one Ctrl-C can arrive twice, from the terminal and from npm
  stopping = true;
  console.log('Stopped before everything was installed and compiled; the next command goes on from here.');
  // The terminal has sent SIGINT to the children as well; another sender has not.
  await Promise.all([...children].map(end));
  process.exit(128 + numbers[signal]);
}

async function end({ child, signal }) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.kill(signal)) await gone;
}

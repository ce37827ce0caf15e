/** Aborts waiting requests and event streams when the process is about to stop. */
export interface Drain {
  readonly draining: boolean;
  /** Returns a controller that aborts when the process drains. Call `release` when it is no longer needed. */
  hold(): { controller: AbortController; release: () => void };
  /** Starts the drain: aborts all controllers, and each later one at once. */
  start(): void;
}

/** Creates a drain that has not started. */
export function createDrain(): Drain {
  // Not AbortSignal.any: its sources keep references to all signals made from them for too long.
  const controllers = new Set<AbortController>();
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    hold() {
      const controller = new AbortController();
      if (draining) controller.abort();
      else controllers.add(controller);
      return { controller, release: () => void controllers.delete(controller) };
    },
    start() {
      draining = true;
      for (const controller of controllers) controller.abort();
      controllers.clear();
    },
  };
}

/** Tells everything that holds a request open when the process is about to stop. */
export interface Drain {
  readonly draining: boolean;
  /** A signal that aborts when the process drains. Call `release` when it is no longer needed. */
  hold(): { controller: AbortController; release: () => void };
  start(): void;
}

export function createDrain(): Drain {
  // Not AbortSignal.any: its sources keep every signal that was ever made from them for too long.
  const held = new Set<AbortController>();
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    hold() {
      const controller = new AbortController();
      if (draining) controller.abort();
      else held.add(controller);
      return { controller, release: () => void held.delete(controller) };
    },
    start() {
      draining = true;
      for (const controller of held) controller.abort();
      held.clear();
    },
  };
}

import { dispatchDueDeliveries, type DispatchDeliveriesDeps, type DispatchOptions } from './dispatch-due-deliveries.ts';

/**
 * Creates the function that dispatches the next deliveries of an endpoint which has just accepted one.
 * A quick receiver gets its deliveries without the wait for the next round of the maintenance task, which repeats a
 * dispatch that fails here. Calls that come while a dispatch runs are merged into the next one.
 */
export function createDispatchNext(
  deps: DispatchDeliveriesDeps,
  options: DispatchOptions,
): (endpointId: string) => void {
  const ready = new Set<string>();
  let running = false;

  async function run(): Promise<void> {
    running = true;
    try {
      while (ready.size > 0) {
        const endpointIds = [...ready];
        ready.clear();
        await dispatchDueDeliveries(deps, { ...options, endpointIds });
      }
    } catch (error) {
      deps.log.debug({ err: error }, 'next deliveries were not dispatched; the maintenance task dispatches them');
    } finally {
      running = false;
    }
  }

  return (endpointId) => {
    ready.add(endpointId);
    if (!running) void run();
  };
}

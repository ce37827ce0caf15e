import { dispatchDeliveries, type DispatchOptions, type DispatchDeliveriesDeps } from './dispatch-due-deliveries.ts';

/**
 * Makes the function that hands over what else waits for an endpoint which has just taken something. So a receiver that answers at once
 * gets the next ones at once, with as many under way as ever, where the sweep alone would bring it a handful each time it looks. What
 * fails here the sweep makes good.
 */
export function createFollowUp(deps: DispatchDeliveriesDeps, options: DispatchOptions): (endpointId: string) => void {
  const ready = new Set<string>();
  let running = false;

  async function run(): Promise<void> {
    running = true;
    try {
      while (ready.size > 0) {
        const endpointIds = [...ready];
        ready.clear();
        await dispatchDeliveries(deps, { ...options, endpointIds });
      }
    } catch (error) {
      deps.log.debug({ err: error }, 'not handed over at once');
    } finally {
      running = false;
    }
  }

  return (endpointId) => {
    ready.add(endpointId);
    if (!running) void run();
  };
}

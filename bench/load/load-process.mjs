import { summarizeLatencies } from '../measure/statistics.mjs';
import { runClosedLoop } from './closed-loop.mjs';
import { runFixedRate } from './fixed-rate.mjs';

/**
 * A cheap client in a process of its own.
 * The parent sends `{ host, port, requests, status, seconds }` with `connections` for a closed loop or with `perSecond`
 * for a fixed rate, and receives a report with the client's own share of a processor. A request that failed or got no
 * answer counts as one that took for ever.
 */
process.on('message', (order) => void load(order).then((report) => process.send(report)));
process.once('disconnect', () => process.exit());

async function load(order) {
  const began = performance.now();
  const used = process.cpuUsage();
  const run = order.perSecond === undefined ? runClosedLoop : runFixedRate;
  const { times, errors, unanswered = 0 } = await run(order);
  const failed = errors.length + unanswered;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(used);
  return {
    done: times.length,
    seconds,
    errors: errors.length,
    firstError: errors[0],
    failed,
    ...summarizeLatencies([...times, ...Array.from({ length: failed }, () => Infinity)]),
    processor: (user + system) / 1e6 / seconds,
  };
}

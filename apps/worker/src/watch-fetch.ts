import type { Consumer, Producer } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface FetchWatchOptions {
  consumers: readonly Consumer[];
  producer: Pick<Producer, 'waiting' | 'isPaused'>;
  log: Log;
  /** Fetching is broken when work waited and a slot was free for this long. */
  stuckMs: number;
  /** Called when a rebuilt consumer does not fetch either. */
  giveUp: () => void;
}

const checksMax = 10;

/**
 * Watches whether each consumer still fetches work.
 * A consumer is rebuilt when it fetched nothing for `stuckMs` although Redis answered, a slot was free, and its queue
 * was not paused and had work at every check. If that does not help, `giveUp` is called. Checks are counted instead of
 * time, so that neither an outage of Redis nor a frozen process counts. Returns a function that ends the watch.
 */
export function watchFetch({ consumers, producer, log, stuckMs, giveUp }: FetchWatchOptions): () => void {
  const records = consumers.map((consumer) => ({ consumer, idleChecks: 0, fetched: -1, rebuilt: false }));
  const check = async (record: (typeof records)[number]) => {
    const { consumer } = record;
    const { free, fetched } = consumer.load();
    const fetches = fetched !== record.fetched;
    if (fetches) record.rebuilt = false;
    record.fetched = fetched;
    const starves = !fetches && free && !(await producer.isPaused(consumer.queue));
    record.idleChecks = starves && (await producer.waiting(consumer.queue)) > 0 ? record.idleChecks + 1 : 0;
    if (record.idleChecks < checksMax) return;
    record.idleChecks = 0;
    if (record.rebuilt) {
      log.fatal(
        { queue: consumer.queue },
        'the rebuilt consumer does not fetch work from Redis either; the worker stops',
      );
      giveUp();
    } else {
      log.error({ queue: consumer.queue }, 'the consumer fetched nothing although work waits; it is rebuilt');
      record.rebuilt = true;
      consumer.rebuild();
    }
  };
  const timer = setInterval(() => {
    for (const record of records) check(record).catch(() => (record.idleChecks = 0)); // Redis did not answer
  }, stuckMs / checksMax);
  return () => clearInterval(timer);
}

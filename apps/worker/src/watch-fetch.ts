import type { Consumer, Producer } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface FetchWatchOptions {
  consumers: readonly Consumer[];
  producer: Pick<Producer, 'waiting' | 'isPaused'>;
  log: Log;
  /** Work has waited for so long, and a slot was free all that time: then fetching is broken. */
  stuckMs: number;
  /** Called when a rebuilt consumer does not fetch either. */
  giveUp: () => void;
}

const checks = 10;

/**
 * Looks whether each consumer still fetches. One that takes nothing for `stuckMs`, while Redis answers, its queue is not
 * paused and has work at every look, and a slot is free, is built anew; if that does not help, `giveUp` is called. Looks are counted, so
 * neither an outage of Redis nor a frozen process is held against it.
 */
export function watchFetch({ consumers, producer, log, stuckMs, giveUp }: FetchWatchOptions): () => void {
  const records = consumers.map((consumer) => ({ consumer, idleLooks: 0, fetched: -1, rebuilt: false }));
  const look = async (record: (typeof records)[number]) => {
    const { consumer } = record;
    const { free, fetched } = consumer.load();
    const fetches = fetched !== record.fetched;
    if (fetches) record.rebuilt = false;
    record.fetched = fetched;
    const starves = !fetches && free && !(await producer.isPaused(consumer.queue));
    record.idleLooks = starves && (await producer.waiting(consumer.queue)) > 0 ? record.idleLooks + 1 : 0;
    if (record.idleLooks < checks) return;
    record.idleLooks = 0;
    if (record.rebuilt) {
      log.fatal({ queue: consumer.queue }, 'this worker cannot fetch work from Redis, ending');
      giveUp();
    } else {
      log.error({ queue: consumer.queue }, 'work waits and is not fetched, building the consumer anew');
      record.rebuilt = true;
      consumer.rebuild();
    }
  };
  const timer = setInterval(() => {
    for (const record of records) look(record).catch(() => (record.idleLooks = 0)); // Redis does not answer
  }, stuckMs / checks);
  return () => clearInterval(timer);
}

import { renderJob } from '@turno/jobs';
import {
  type BreakerOptions,
  claimDeliveries,
  type ClaimedDelivery,
  createBatcher,
  type DeliveryOutcome,
  type DeliveryTicket,
  type DisabledEndpoint,
  recordDeliveries,
} from '@turno/postgres';
import {
  createConsumer,
  createDeliveryQueue,
  type DeliveryQueue,
  type QueueConnection,
  webhookQueue,
} from '@turno/queue';
import { createOutbound, createSecretBox, type ProcessLife, withTimeout } from '@turno/runtime';
import { deliver, type DeliverDeps, failuresMax, resealSecrets } from '@turno/webhooks';
import type { Config } from '../config.ts';
import type { Stores } from './stores.ts';
import { startWebhookMaintenance } from './webhook-maintenance.ts';
import { watchFetch } from '../watch-fetch.ts';

export interface Webhooks {
  /** Begins at once when called; tries that do not end soon are handed back. The same promise each time. */
  stop(): Promise<void>;
}

const releaseMs = 2_000;
/** Beyond the deadline of a try: to write what came of it. */
const recordMs = 15_000;
const pauseMsMax = 5 * 60_000;
const disableAfterMs = 5 * 86_400_000;

/**
 * Starts the maintenance tasks of deliveries and the consumer that sends them.
 * Does nothing if `WEBHOOK_CONCURRENCY` is 0.
 */
export async function startWebhooks(settings: Config, life: ProcessLife, stores: Stores): Promise<Webhooks> {
  const { closers, log } = life;
  if (settings.WEBHOOK_CONCURRENCY === 0) return { stop: () => Promise.resolve() };
  const { sql } = stores.postgres;
  const box = createSecretBox(settings.SECRET_KEY, settings.SECRET_KEY_PREVIOUS);
  await resealSecrets({ sql, box, log });
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('webhook connections', () => outbound.close());
  const queue = createDeliveryQueue(stores.connection, log);
  closers.add('delivery queue', () => queue.close());
  const dispatchNext = startWebhookMaintenance(settings, life, { stores, queue });
  const stopping = new AbortController();
  const sender = startSender(
    settings,
    { connection: stores.connection, queue },
    {
      ...createGroups(settings, stores),
      outbound,
      box,
      render: (job) => renderJob(job, settings.RETENTION_DAYS).body,
      timeoutMs: settings.WEBHOOK_TIMEOUT_MS,
      retrySeconds: settings.WEBHOOK_RETRY_SECONDS,
      stopping: stopping.signal,
      dispatchNext,
      log,
    },
  );
  let stopped: Promise<void> | undefined;
  return { stop: () => (stopped ??= sender.stop(() => stopping.abort())) };
}

/** Both wait for Postgres as long as it takes: what was sent must be known to have been sent. */
function createGroups(settings: Config, { postgres: { sql } }: Stores): Pick<DeliverDeps, 'claims' | 'outcomes'> {
  const breaker: BreakerOptions = { failuresMax, pauseMs: settings.WEBHOOK_PAUSE_MS, pauseMsMax, disableAfterMs };
  const key = (one: DeliveryTicket) => one.deliveryId;
  return {
    claims: createBatcher<DeliveryTicket, ClaimedDelivery | undefined>({
      flush: (tickets) => claimDeliveries(sql, tickets, settings.WEBHOOK_TIMEOUT_MS + recordMs),
      key,
      timeoutMs: Infinity,
    }),
    outcomes: createBatcher<DeliveryOutcome, DisabledEndpoint | undefined>({
      async flush(outcomes) {
        const disabled = await recordDeliveries(sql, outcomes, breaker);
        return outcomes.map(({ endpointId }) => disabled.find((one) => one.endpointId === endpointId));
      },
      key,
      timeoutMs: Infinity,
    }),
  };
}

function startSender(
  settings: Config,
  { connection, queue }: { connection: QueueConnection; queue: DeliveryQueue },
  deps: DeliverDeps,
) {
  const { log } = deps;
  const inHand = new Set<Promise<void>>();
  const consumer = createConsumer<DeliveryTicket>({
    connection,
    queue: webhookQueue,
    concurrency: settings.WEBHOOK_CONCURRENCY,
    log,
    process(ticket) {
      const sending = deliver(deps, ticket);
      const ended = sending.catch(() => {}).finally(() => inHand.delete(ended));
      inHand.add(ended);
      return sending;
    },
  });
  const stopWatching = watchFetch({
    consumers: [consumer],
    producer: queue,
    log,
    stuckMs: settings.FETCH_STUCK_MS,
    giveUp: () => process.kill(process.pid, 'SIGTERM'),
  });
  return {
    async stop(abort: () => void) {
      stopWatching();
      await withTimeout(releaseMs, Promise.allSettled([consumer.pause()]), () => {});
      await withTimeout(releaseMs, Promise.allSettled(inHand), () => {});
      abort();
      await withTimeout(releaseMs, Promise.allSettled(inHand), () => {});
      await consumer.close();
    },
  };
}

import { type DueWorkWatch, renderJob } from '@turno/jobs';
import {
  type BreakerOptions,
  claimDeliveries,
  type ClaimedDelivery,
  createBatcher,
  type DeliveryOutcome,
  type DeliveryTicket,
  type DisabledEndpoint,
  type Postgres,
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
import { deliver, type DeliverDeps, type DeliveryConstants, failuresMax, resealSecrets } from '@turno/webhooks';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import type { Stores } from './stores.ts';
import { startWebhookMaintenance } from './webhook-maintenance.ts';
import { watchFetch } from '../watch-fetch.ts';

export interface Webhooks {
  /**
   * Begins at once when called; tries that do not end soon are handed back.
   * The same promise each time.
   */
  stop(): Promise<void>;
}

const releaseMs = 2_000;
/** The time to record an outcome, after the timeout of a try. */
const recordMs = 15_000;
const disableAfterMs = 5 * 86_400_000;

/** Starts the maintenance tasks of deliveries and the consumer that sends them. */
export async function startWebhooks(
  settings: Config,
  life: ProcessLife,
  { stores, dueWork, constants }: { stores: Stores; dueWork: DueWorkWatch; constants: WorkerConstants },
): Promise<Webhooks> {
  const { closers, log } = life;
  const { sql } = stores.postgres;
  const box = createSecretBox(settings.SECRET_KEY, settings.SECRET_KEY_PREVIOUS);
  await resealSecrets({ sql, box, log });
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('webhook connections', () => outbound.close());
  const queue = createDeliveryQueue(stores.connection, log);
  closers.add('delivery queue', () => queue.close());
  const dispatchNext = startWebhookMaintenance(settings, life, { stores, dueWork, queue, constants });
  const stopping = new AbortController();
  const sender = startSender({ connection: stores.connection, queue }, constants, {
    claims: claimBatcher(sql, constants.deliveries),
    outcomes: outcomeBatcher(sql, constants.deliveries),
    outbound,
    box,
    render: (job) => renderJob(job, settings.RETENTION_DAYS).body,
    timeoutMs: constants.deliveries.timeoutMs,
    retrySeconds: constants.deliveries.retrySeconds,
    stopping: stopping.signal,
    dispatchNext,
    log,
  });
  let stopped: Promise<void> | undefined;
  return { stop: () => (stopped ??= sender.stop(() => stopping.abort())) };
}

type Sql = Postgres['sql'];

function claimBatcher(sql: Sql, { timeoutMs }: DeliveryConstants): DeliverDeps['claims'] {
  return createBatcher<DeliveryTicket, ClaimedDelivery | undefined>({
    flush: (tickets) => claimDeliveries(sql, tickets, timeoutMs + recordMs),
    key: ({ deliveryId }) => deliveryId,
    timeoutMs: Infinity,
  });
}

/** Has no timeout: the outcome of a sent delivery must not be lost to an outage of Postgres. */
function outcomeBatcher(sql: Sql, { pauseMs, pauseMsMax }: DeliveryConstants): DeliverDeps['outcomes'] {
  const breaker: BreakerOptions = { failuresMax, pauseMs, pauseMsMax, disableAfterMs };
  return createBatcher<DeliveryOutcome, DisabledEndpoint | undefined>({
    async flush(outcomes) {
      const disabled = await recordDeliveries(sql, outcomes, breaker);
      return outcomes.map(({ endpointId }) => disabled.find((one) => one.endpointId === endpointId));
    },
    key: ({ deliveryId }) => deliveryId,
    timeoutMs: Infinity,
  });
}

function startSender(
  { connection, queue }: { connection: QueueConnection; queue: DeliveryQueue },
  { deliveries, execution }: WorkerConstants,
  deps: DeliverDeps,
) {
  const { log } = deps;
  const unfinished = new Set<Promise<void>>();
  const consumer = createConsumer<DeliveryTicket>({
    connection,
    queue: webhookQueue,
    concurrency: deliveries.concurrency,
    log,
    process(ticket) {
      const sending = deliver(deps, ticket);
      const ended = sending.catch(() => {}).finally(() => unfinished.delete(ended));
      unfinished.add(ended);
      return sending;
    },
  });
  const stopWatching = watchFetch({
    consumers: [consumer],
    producer: queue,
    log,
    stuckMs: execution.fetchStuckMs,
    giveUp: () => process.kill(process.pid, 'SIGTERM'),
  });
  return {
    async stop(abort: () => void) {
      stopWatching();
      await withTimeout(releaseMs, Promise.allSettled([consumer.pause()]), () => {});
      await withTimeout(releaseMs, Promise.allSettled(unfinished), () => {});
      abort();
      await withTimeout(releaseMs, Promise.allSettled(unfinished), () => {});
      await consumer.close();
    },
  };
}

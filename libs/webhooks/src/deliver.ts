import type {
  ClaimedDelivery,
  DeliveryOutcome,
  DeliveryTicket,
  DisabledEndpoint,
  Batcher,
  JobRow,
} from '@turno/postgres';
import { type Log, type Outbound, OutboundFailure, OutboundRefused, type SecretBox } from '@turno/runtime';
import { eventBody } from './event-body.ts';
import { failedTry, toTryResult, type TryResult } from './try-result.ts';
import { retryDelayMs } from './retry-delay.ts';
import { secretsOf } from './secrets.ts';
import { signedHeaders } from './sign.ts';

export interface DeliverDeps {
  claims: Batcher<DeliveryTicket, ClaimedDelivery | undefined>;
  outcomes: Batcher<DeliveryOutcome, DisabledEndpoint | undefined>;
  outbound: Pick<Outbound, 'fetch'>;
  box: SecretBox;
  /** Renders the job's JSON as the API shows it. */
  render: (job: JobRow) => string;
  /** The timeout of a whole try, from the name lookup to the last byte. */
  timeoutMs: number;
  /** Seconds before the second try, the third, and so on. After the last try a delivery is exhausted. */
  retrySeconds: readonly number[];
  /** Aborts when this process stops: the try is handed back and not counted. */
  stopping: AbortSignal;
  /** Called with the endpoint of each accepted delivery. */
  dispatchNext: (endpointId: string) => void;
  log: Log;
}

/**
 * The delay of a delivery that this process has no key to sign.
 * Another worker may have the key, as during a rollout.
 */
const postponeMs = 10_000;

/** Bytes of a response that are read, after decompression. */
const answerBytesMax = 64 * 1024;

/**
 * Makes one try of a delivery from BullMQ: claims, signs and sends it, then writes the outcome.
 *
 * A stale ticket is dropped. A delivery that this process has no key to sign is postponed, which is no failure of the
 * receiver. Throws after the commit if the try failed, so that Bull Board shows the failure.
 */
export async function deliver(deps: DeliverDeps, ticket: DeliveryTicket): Promise<void> {
  const claimed = await deps.claims.add(ticket);
  if (claimed === undefined) return deps.log.debug(ticket, 'stale delivery ticket dropped');
  const secrets = secretsOf(deps.box, claimed);
  if (secrets.length === 0) return postpone(deps, claimed);
  const began = performance.now();
  const result = await tryOnce(deps, claimed, secrets);
  const durationMs = Math.round(performance.now() - began);
  const outcome =
    result === undefined
      ? handBack(claimed)
      : outcomeOf(claimed, result, { durationMs, retrySeconds: deps.retrySeconds });
  const disabled = await deps.outcomes.add(outcome);
  const { deliveryId, endpointId, tries } = claimed;
  const about = {
    deliveryId,
    endpointId,
    event: claimed.event,
    status: outcome.status,
    error: outcome.error,
    to: outcome.to,
  };
  deps.log.info({ ...about, durationMs, try: tries + 1 }, 'webhook sent');
  if (outcome.to === 'delivered') deps.dispatchNext(endpointId);
  if (disabled !== undefined) deps.log.warn(disabled, 'endpoint was disabled');
  if (outcome.error !== null) throw new Error(`${outcome.error}: ${outcome.status ?? outcome.response ?? ''}`);
}

async function postpone({ outcomes, log }: DeliverDeps, claimed: ClaimedDelivery): Promise<void> {
  const { deliveryId, endpointId } = claimed;
  await outcomes.add({ ...handBack(claimed), delayMs: postponeMs, reason: 'secret-unreadable' });
  log.warn({ deliveryId, endpointId }, 'no key of this process opens the webhook secret: set SECRET_KEY_PREVIOUS');
}

/** Undefined: this process stops, and the try was aborted. */
async function tryOnce(
  deps: DeliverDeps,
  claimed: ClaimedDelivery,
  secrets: readonly string[],
): Promise<TryResult | undefined> {
  const { url, deliveryId: id, event: type, job } = claimed;
  const body = eventBody({ type, timestamp: job.finishedAt ?? job.createdAt, job: deps.render(job) });
  const headers = signedHeaders({ id, at: new Date(), body }, secrets);
  const request = { url, method: 'POST', headers, body, timeoutMs: deps.timeoutMs, signal: deps.stopping };
  try {
    // The status decides: a receiver that answers 200 and then breaks off has accepted the event.
    const options = { redirectsMax: 0, bytesMax: answerBytesMax, isBodyOptional: true };
    return toTryResult(await deps.outbound.fetch({ ...request, ...options }));
  } catch (error) {
    if (deps.stopping.aborted) return undefined;
    if (error instanceof OutboundRefused) return failedTry(error.code, error.message, false);
    if (error instanceof OutboundFailure) return failedTry(error.code, error.message, error.reached);
    throw error;
  }
}

function handBack(claimed: ClaimedDelivery): DeliveryOutcome {
  return { ...emptyOutcome(claimed), to: 'handed-back' };
}

function outcomeOf(
  claimed: ClaimedDelivery,
  result: TryResult,
  { durationMs, retrySeconds }: { durationMs: number; retrySeconds: readonly number[] },
): DeliveryOutcome {
  const { good, reached, status, error, response, pauseMs, gone } = result;
  const tried = { ...emptyOutcome(claimed), durationMs, reached, status, error, response, pauseMs };
  if (good) return { ...tried, to: 'delivered' };
  if (gone) return { ...tried, to: 'exhausted', reason: 'gone', disable: 'gone' };
  const delayMs = retryDelayMs(retrySeconds, claimed.tries + 1);
  if (delayMs === undefined) return { ...tried, to: 'exhausted', reason: 'tries' };
  return { ...tried, to: 'pending', delayMs: Math.max(delayMs, pauseMs) };
}

function emptyOutcome({ deliveryId, ticket, endpointId, oneOff, url }: ClaimedDelivery) {
  const address = oneOff ? url : null;
  const empty = { reason: null, status: null, error: null, response: null, disable: null };
  return { deliveryId, ticket, endpointId, address, reached: false, delayMs: 0, durationMs: 0, pauseMs: 0, ...empty };
}

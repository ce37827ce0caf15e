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
import { failedTry, judgeAnswer, type TryResult } from './judge-answer.ts';
import { retryDelayMs } from './retry-delay.ts';
import { secretsOf } from './secrets.ts';
import { signedHeaders } from './sign.ts';

export interface DeliverDeps {
  claims: Batcher<DeliveryTicket, ClaimedDelivery | undefined>;
  outcomes: Batcher<DeliveryOutcome, DisabledEndpoint | undefined>;
  outbound: Pick<Outbound, 'fetch'>;
  box: SecretBox;
  /** The job as the API shows it, as JSON. */
  render: (job: JobRow) => string;
  /** Of a whole try, from looking up the name to the last byte. */
  timeoutMs: number;
  /** Seconds before the second try, the third, and so on; after the last one a delivery is exhausted. */
  retrySeconds: readonly number[];
  /** Aborts when this process stops: the try is handed back uncounted. */
  stopping: AbortSignal;
  /** Is told each endpoint that took something. */
  followUp: (endpointId: string) => void;
  log: Log;
}

/** Another worker may have the key that this one lacks, as while a new key is rolled out. */
const unreadableMs = 10_000;

/** Of what a receiver answers, after decompression; the rest is not read. */
const answerBytesMax = 64 * 1024;

/**
 * Makes one try of a delivery that BullMQ handed over: claims it, signs it, sends it, writes what came of it and when the next try
 * is. A ticket that is not current any more is dropped; what this process has no key to sign is put off, which is no failure of the
 * receiver's. Throws after the commit when the try failed, so that the board shows it.
 */
export async function deliver(deps: DeliverDeps, ticket: DeliveryTicket): Promise<void> {
  const claimed = await deps.claims.add(ticket);
  if (claimed === undefined) return deps.log.debug(ticket, 'stale delivery ticket dropped');
  const secrets = secretsOf(deps.box, claimed);
  if (secrets.length === 0) return putOff(deps, claimed);
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
  if (outcome.to === 'delivered') deps.followUp(endpointId);
  if (disabled !== undefined) deps.log.warn(disabled, 'the endpoint was disabled');
  if (outcome.error !== null) throw new Error(`${outcome.error}: ${outcome.status ?? outcome.response ?? ''}`);
}

async function putOff({ outcomes, log }: DeliverDeps, claimed: ClaimedDelivery): Promise<void> {
  const { deliveryId, endpointId } = claimed;
  await outcomes.add({ ...handBack(claimed), delayMs: unreadableMs, reason: 'secret-unreadable' });
  log.warn({ deliveryId, endpointId }, 'no key here opens the secret of a webhook: set SECRET_KEY_PREVIOUS');
}

/** Undefined: not tried after all, since this process stops. */
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
    return judgeAnswer(await deps.outbound.fetch({ ...request, redirectsMax: 0, bytesMax: answerBytesMax }));
  } catch (error) {
    if (deps.stopping.aborted) return undefined;
    if (error instanceof OutboundRefused || error instanceof OutboundFailure) {
      return failedTry(error.code, error.message);
    }
    throw error;
  }
}

function handBack(claimed: ClaimedDelivery): DeliveryOutcome {
  return { ...bare(claimed), to: 'handed-back' };
}

function outcomeOf(
  claimed: ClaimedDelivery,
  result: TryResult,
  { durationMs, retrySeconds }: { durationMs: number; retrySeconds: readonly number[] },
): DeliveryOutcome {
  const { good, status, error, response, pauseMs, gone } = result;
  const tried = { ...bare(claimed), durationMs, status, error, response, pauseMs };
  if (good) return { ...tried, to: 'delivered' };
  if (gone) return { ...tried, to: 'exhausted', reason: 'gone', disable: 'gone' };
  const delayMs = retryDelayMs(retrySeconds, claimed.tries + 1);
  if (delayMs === undefined) return { ...tried, to: 'exhausted', reason: 'tries' };
  return { ...tried, to: 'pending', delayMs: Math.max(delayMs, pauseMs) };
}

function bare({ deliveryId, ticket, endpointId }: ClaimedDelivery) {
  const nothing = { reason: null, status: null, error: null, response: null, disable: null };
  return { deliveryId, ticket, endpointId, delayMs: 0, durationMs: 0, pauseMs: 0, ...nothing };
}

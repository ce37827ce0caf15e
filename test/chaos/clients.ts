import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import type { History } from './history.ts';
import type { Answered } from './latency.ts';
import type { Random } from './random.ts';
import { chooseWork, type Work, type WorkTargets } from './work.ts';

export interface Clients {
  /** Submits that were answered with the job of an earlier one with their key. */
  replayed(): number;
  /** How long each submit waited for its answer. */
  answered(): readonly Answered[];
  /** So many times as many submits as usual. */
  speedUp(times: number): void;
  /** Submits one piece of work and keeps a record. Undefined when it was not accepted. */
  submit(work: Work, key: string): Promise<string | undefined>;
  /** No new jobs; resolves when all requests under way have an answer. */
  stop(): Promise<void>;
}

export interface ClientsOptions {
  api: ApiClient;
  history: History;
  /** Ends the whole run: nobody waits for answers any more. */
  stopped: AbortSignal;
  random: Random;
  perSecond: number;
  targets: WorkTargets;
  /** Whether a repeat with the same key gives the same job. Without that an unanswered submit is not repeated. */
  keysHold: boolean;
}

const tickMs = 50;
/** So that an outage does not pile up requests without end. */
const underWayMax = 500;
const submitTries = 6;
const pollsMax = 60;
const final = new Set(['completed', 'failed', 'cancelled']);

export function startClients(options: ClientsOptions): Clients {
  const { api, history, random, targets } = options;
  const underWay = new Set<Promise<unknown>>();
  let stopped = false;
  let replayed = 0;
  let number = 0;
  let owed = 0;
  let last = Date.now();
  let perSecond = options.perSecond;
  const answered: Answered[] = [];

  const track = (work: Promise<unknown>) => {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };

  async function submit(work: Work, key: string): Promise<string | undefined> {
    const { kind, input, options: jobOptions, failsWith, own } = work;
    let doubtful = false;
    for (let left = submitTries; left > 0 && !options.stopped.aborted; left -= 1) {
      const at = Date.now();
      const answer = await api.call('POST', '/v1/jobs', { key, body: { kind, input, options: jobOptions } });
      answered.push({ at, ms: Date.now() - at });
      if (answer?.body.id !== undefined && answer.status < 300) {
        if (answer.replayed) replayed += 1;
        history.record({
          type: 'accepted',
          key,
          id: answer.body.id,
          kind,
          ...(own && { own }),
          ...(failsWith && { failsWith }),
        });
        return answer.body.id;
      }
      doubtful ||= answer === undefined || answer.status === 503;
      history.record(answer ? { type: 'refused', key, status: answer.status } : { type: 'unanswered', key });
      if (doubtful && !options.keysHold) return undefined;
      await delay(500);
    }
    return undefined;
  }

  async function live(key: string): Promise<void> {
    const [roll, pause] = [random.next(), random.between(50, 400)];
    const work = chooseWork(random, key, targets);
    const [id] = await Promise.all([submit(work, key), options.keysHold && roll > 0.98 && submit(work, key)]);
    if (id === undefined) return;
    if (roll < 0.02) await change('cancelled', id, random.between(0, 1_000));
    if (roll < 0.1) await follow(id, pause);
  }

  async function change(what: 'cancelled' | 'retried', id: string, afterMs: number): Promise<void> {
    await delay(afterMs);
    const answer = await api.call('POST', `/v1/jobs/${id}/${what === 'cancelled' ? 'cancel' : 'retry'}`);
    if (answer) history.record({ type: what, id, run: answer.body.run ?? 0, status: answer.status });
  }

  /** Polls until the job is final; some that failed get another run and are followed again. */
  async function follow(id: string, pauseMs: number, runs = 1): Promise<void> {
    for (let polls = 0; polls < pollsMax && !stopped; polls += 1) {
      await delay(pauseMs * (1 + polls / 10));
      const answer = await api.call('GET', `/v1/jobs/${id}`);
      const { run, state } = answer?.body ?? {};
      if (answer?.status === 404) history.record({ type: 'seen', id, run: 0, state: 'missing', version: -1 });
      if (run === undefined || state === undefined || answer?.version === undefined) continue;
      history.record({ type: 'seen', id, run, state, version: answer.version });
      if (!final.has(state)) continue;
      if (state === 'completed' || runs === 2) return;
      await change('retried', id, 0);
      return follow(id, pauseMs, runs + 1);
    }
  }

  const timer = setInterval(() => {
    owed = Math.min(perSecond, owed + ((Date.now() - last) * perSecond) / 1_000);
    last = Date.now();
    for (; owed >= 1; owed -= 1) if (underWay.size < underWayMax) track(live(`job:${(number += 1)}`));
  }, tickMs);

  return {
    replayed: () => replayed,
    answered: () => answered,
    speedUp: (times) => void (perSecond = times * options.perSecond),
    submit,
    async stop() {
      stopped = true;
      clearInterval(timer);
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

import type { Random } from './random.ts';

/** One submit: what is asked for, and what must come of it. */
export interface Work {
  kind: string;
  input: unknown;
  options: Record<string, unknown>;
  /** The code of the failure that is expected; undefined: it completes. */
  failsWith?: string;
  /** Ends of which the job's own URL is to be told. */
  own?: string[];
}

export interface WorkTargets {
  /** Where `test.noted` leaves a line for each start. */
  startsFile: string;
  receiverUrl: string;
  /** Where a single job wants its ends told. */
  hookUrl(key: string): string;
}

/** So many jobs in one name a URL of their own. */
const ownHooks = 0.05;
const allEvents = ['job.completed', 'job.failed', 'job.cancelled'];
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/**
 * Nine in ten do nothing of use, one in ten is a kind that ships. Some are delayed, fail at first, or fail for good,
 * and some name a webhook of their own.
 */
export function chooseWork(random: Random, key: string, targets: WorkTargets): Work {
  const own =
    random.next() < ownHooks ? random.pick([allEvents, ['job.completed'], ['job.failed', 'job.cancelled']]) : [];
  const work = chooseKind(random, key, targets);
  if (own.length === 0) return work;
  return { ...work, own, options: { ...work.options, webhook: { url: targets.hookUrl(key), events: own } } };
}

function chooseKind(random: Random, key: string, targets: WorkTargets): Work {
  const options = { tags: [key], maxAttempts: 8 };
  const roll = random.next();
  if (roll < 0.1) return { ...realWork(random, targets), options };
  if (roll < 0.12) return { kind: 'test.flaky', input: { failures: random.between(1, 3) }, options };
  if (roll < 0.14) {
    const input = { failures: 9, permanent: true };
    return { kind: 'test.flaky', input, options, failsWith: 'never' };
  }
  if (roll < 0.4) {
    const ms = roll < 0.19 ? random.between(200, 1_200) : 0;
    return { kind: 'test.noted', input: { file: targets.startsFile, value: key, ms }, options };
  }
  const delayed = roll < 0.5 ? { delaySeconds: random.between(1, 6) } : { priority: random.between(-2, 3) };
  return { kind: 'test.noop', input: { value: key }, options: { ...options, ...delayed } };
}

function realWork(random: Random, { receiverUrl }: WorkTargets): Omit<Work, 'options'> {
  const roll = random.next();
  if (roll < 0.4) return { kind: 'math.sum-of-squares', input: { n: random.between(1, 200_000) } };
  if (roll < 0.8) return { kind: 'http.request', input: { url: `${receiverUrl}/${random.between(0, 1_000_000)}` } };
  if (roll < 0.9) return { kind: 'image.thumbnail', input: { dataBase64: pixel, sizes: [{ width: 16 }] } };
  return { kind: 'report.usage', input: { from: '2026-01-01', to: '2026-01-02' } };
}

import { availableParallelism, loadavg } from 'node:os';
import type { Injected } from './campaign.ts';
import { misbehaviour } from './faults/misbehave.ts';
import type { Verdict } from './judge/judge.ts';
import type { Latency } from './latency.ts';
import type { WebhookCounts } from './webhooks.ts';

export interface Results {
  injected: readonly Injected[];
  accepted: number;
  notAccepted: number;
  /** Submits that were answered with the job of an earlier one with their key. */
  replayed: number;
  lateRefused: number;
  /** Deliveries of a ticket that was not current any more, refused before the handler began. */
  staleDropped: number;
  /** From a fault to the next attempt of a job whose worker it took. */
  takeovers: readonly number[];
  drainedMs: number;
  webhooks: WebhookCounts;
  verdicts: readonly Verdict[];
  latencies: readonly Latency[];
  /** What was seen during faults that must not be. */
  complaints: readonly string[];
  /** How processes ended that were asked to, and did not end with 0. */
  badExits: readonly string[];
}

const takeoverMsMax = 60_000;
/** Whatever is broken, a submit is answered, be it with 503 or 429; with room for a busy machine. */
const answerMsMax = 5_000;

/** Everything a run has found, for people; the first word of the last line is the result. */
export function renderReport(results: Results): string[] {
  const broken = breaches(results);
  return [
    '',
    ...table(faultHead, faultRows(results)),
    '',
    `accepted              ${results.accepted}`,
    `not accepted          ${results.notAccepted} (503, 429 or no answer)`,
    `duplicates refused    ${results.replayed} submits by their key, ${results.staleDropped} tickets before they began, ${results.lateRefused} late results`,
    `lost                  ${count(results.verdicts, /^I2/)}`,
    `doubled               ${count(results.verdicts, /doubled/)}`,
    `taken over            ${takeoverText(results.takeovers)}`,
    webhookLine(results.webhooks),
    `drained after         ${seconds(results.drainedMs)}`,
    ...latencyLines(results.latencies),
    `machine               ${availableParallelism()} cores, load average ${loadavg()[1]?.toFixed(1)} in the last five minutes`,
    '',
    ...table(['', 'checked', 'breaches'], results.verdicts.map(verdictRow)),
    '',
    ...(broken.length === 0 ? ['All of it held.'] : ['BROKEN:', ...broken.map((line) => `  ${line}`)]),
  ];
}

/** Empty when everything held. */
export function breaches({
  verdicts,
  injected,
  takeovers,
  drainedMs,
  badExits,
  latencies,
  complaints,
}: Results): string[] {
  return [
    ...verdicts
      .filter((verdict) => verdict.breaches > 0)
      .map(
        ({ invariant, what, breaches: times, examples }) => `${invariant}: ${what}: ${times} (${examples.join(', ')})`,
      ),
    ...injected
      .filter(({ servingMs, caughtUpMs }) => !Number.isFinite(servingMs + caughtUpMs))
      .map(({ name }) => `liveness: no recovery after: ${name}`),
    ...(Math.max(0, ...takeovers) > takeoverMsMax ? ['liveness: a lost worker’s job did not start again in time'] : []),
    ...(Number.isFinite(drainedMs) ? [] : ['liveness: the backlog did not drain']),
    ...latencies
      .filter(({ submits }) => submits.ms > answerMsMax)
      .map(({ name, submits }) => `liveness: submits waited ${seconds(submits.ms)} for an answer (p99): ${name}`),
    ...complaints,
    ...badExits,
  ];
}

const faultHead = ['fault', 'times', 'serving median', 'worst', 'caught up median', 'worst', 'submit p99', 'to calm'];

function faultRows({ injected, latencies }: Results): string[][] {
  const names = [...new Set(injected.map((one) => one.name))].sort();
  const calm = latencies.find((one) => one.name === 'calm')?.submits.ms ?? NaN;
  return names.map((name) => {
    const own = injected.filter((one) => one.name === name);
    const serving = own.map((one) => one.servingMs).sort((a, b) => a - b);
    const caughtUp = own.map((one) => one.caughtUpMs).sort((a, b) => a - b);
    const submits = latencies.find((one) => one.name === name)?.submits.ms ?? NaN;
    const answers = Number.isNaN(submits) ? [] : [`${submits} ms`, `${(submits / calm).toFixed(1)} ×`];
    return [name, String(own.length), ...middleAndWorst(serving), ...middleAndWorst(caughtUp), ...answers];
  });
}

function middleAndWorst(sorted: readonly number[]): string[] {
  return [seconds(sorted[Math.floor((sorted.length - 1) / 2)] ?? Infinity), seconds(sorted.at(-1) ?? Infinity)];
}

function latencyLines(latencies: Results['latencies']): string[] {
  const [calm, during] = ['calm', misbehaviour].map((name) => latencies.find((one) => one.name === name)?.io);
  if (calm === undefined) return [];
  const text = ({ ms, of }: Latency['io']) => `${ms.toFixed(0)} ms of ${of} jobs`;
  const times = during && `${text(during)}, ${(during.ms / calm.ms).toFixed(2)} times the calm one`;
  return [`io p99, calm          ${text(calm)}`, `io p99, misbehaviour  ${times ?? 'none in this run'}`];
}

function takeoverText(sorted: readonly number[]): string {
  if (sorted.length === 0) return 'nothing was in a lost worker’s hands';
  return `${sorted.length} jobs of lost workers, started again after ${middleAndWorst(sorted).join(' (median), ')} (worst)`;
}

function webhookLine({ delivered, exhausted, tries, medianMs, p99Ms }: WebhookCounts): string {
  const first = `the first after ${seconds(medianMs)} (median), ${seconds(p99Ms)} (p99)`;
  return `webhooks              ${delivered} delivered and ${exhausted} exhausted, by ${tries} tries, ${first}`;
}

function verdictRow({ invariant, what, breaches: times }: Verdict): string[] {
  return [invariant, what, String(times)];
}

function count(verdicts: readonly Verdict[], which: RegExp): number {
  return verdicts
    .filter(({ invariant, what }) => which.test(`${invariant} ${what}`))
    .reduce((sum, { breaches: times }) => sum + times, 0);
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? `${(ms / 1_000).toFixed(2)} s` : 'never';
}

function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

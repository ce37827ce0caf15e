import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import { root } from '../support/root.ts';
import { createApiClient } from './api-client.ts';
import type { SupervisedApp } from './app.ts';
import type { Campaign, NemesisDeps } from './campaign.ts';
import { startClients } from './clients.ts';
import { keepFolder, openFolder, removeFolder } from './folder.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { collectEvidence } from './judge/evidence.ts';
import { openHistory } from './history.ts';
import { judgeFleet } from './judge/judge.ts';
import { measureLatencies } from './latency.ts';
import type { Options } from './options.ts';
import { rage } from './nemesis.ts';
import { openSql } from './open-sql.ts';
import { postgresFull } from './faults/postgres-faults.ts';
import { createRandom } from './random.ts';
import { startReceiver } from './receiver.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { countWebhooks, subscribe } from './webhooks.ts';
import { takeovers } from './faults/takeover.ts';
import { breaches, renderReport } from './report.ts';

const print = (line: string) => console.log(line);
const drainMs = 120_000;

/**
 * One whole run. True when everything held. Leaves no process behind, whatever happens, and a folder only when there is
 * something to find out in it: something was broken, or the run itself failed half-way.
 */
export async function runChaos(options: Options, stopped: AbortSignal): Promise<boolean> {
  const { again, keep, seed } = options;
  print(again);
  const dir = openFolder(path.join(root, '.turno/chaos'), seed);
  const outcome = { isWorthALook: false };
  try {
    const passed = await runIn(dir, options, { stopped, began: () => (outcome.isWorthALook = true) });
    outcome.isWorthALook = !passed;
    if (!passed && !stopped.aborted) print(`Again: ${again}`);
    return passed;
  } finally {
    if (keep || (outcome.isWorthALook && !stopped.aborted)) {
      keepFolder(dir);
      print(`Everything of this run is in ${dir}`);
    } else removeFolder(dir);
  }
}

async function runIn(
  dir: string,
  { seed, minutes, rate, names, settings, sabotage }: Options,
  { stopped, began }: { stopped: AbortSignal; began: () => void },
): Promise<boolean> {
  const startsFile = path.join(dir, 'starts.jsonl');
  writeFileSync(startsFile, '');
  const history = openHistory(path.join(dir, 'history.jsonl'));
  const receiver = await startReceiver();
  const hooks = await startWebhookReceiver(history, createRandom(seed + 2));
  const fleet = await startFleet({ dir, settings, stopped, sabotage, smallDisk: names.includes(postgresFull) });
  began();
  try {
    const api = createApiClient(fleet, stopped);
    const random = createRandom(seed);
    const targets = { startsFile, receiverUrl: receiver.url, hookUrl: hooks.jobUrl };
    await subscribe(api, hooks);
    const keysHold = await honoursKeys(api);
    if (!keysHold) print('This API knows no Idempotency-Key: submits without an answer are not repeated.');
    const clients = startClients({
      api,
      history,
      stopped,
      targets,
      keysHold,
      random: createRandom(seed + 1),
      perSecond: rate,
    });
    const ask = <T>(question: (sql: postgres.Sql) => Promise<T>) => withSql(fleet, question);
    const deps = { fleet, hooks, api, clients, history, random, stopped, print, names, ask };
    const campaign = await rageAndStop(deps, Date.now() + minutes * 60_000);
    if (stopped.aborted) return false;
    hooks.behave();
    const drainedMs = await drain(fleet, stopped);
    if (stopped.aborted) return false;
    hooks.close();
    await history.close();
    const evidence = await collectEvidence(history.file, startsFile, fleet.workers);
    const results = {
      injected: campaign.injected,
      accepted: new Set(evidence.history.flatMap((entry) => (entry.type === 'accepted' ? [entry.id] : []))).size,
      replayed: clients.replayed(),
      notAccepted: evidence.history.filter((entry) => entry.type === 'refused' || entry.type === 'unanswered').length,
      lateRefused: evidence.lateRefused,
      staleDropped: evidence.staleDropped,
      drainedMs,
      webhooks: await ask(countWebhooks),
      verdicts: await ask((sql) => judgeFleet(sql, evidence)),
      takeovers: await ask((sql) => takeovers(sql, evidence.history)),
      latencies: await ask((sql) => measureLatencies(sql, campaign.phases, clients.answered())),
      complaints: campaign.complaints,
      badExits: fleet.workers.flatMap(badExits),
    };
    renderReport(results).forEach(print);
    return breaches(results).length === 0;
  } finally {
    receiver.close();
    hooks.close();
    await fleet.stop();
  }
}

async function rageAndStop(deps: NemesisDeps, endAt: number): Promise<Campaign> {
  try {
    return await rage(deps, endAt);
  } finally {
    await deps.clients.stop();
  }
}

/** A worker that was asked to stop ends with 0; one that was killed did not choose. */
function badExits({ name, exits }: SupervisedApp): string[] {
  const bad = exits().filter((exit) => exit !== 0 && exit !== 'SIGKILL' && exit !== 1);
  return bad.map((exit) => `${name} ended with ${exit}`);
}

async function honoursKeys(api: ReturnType<typeof createApiClient>): Promise<boolean> {
  const key = 'probe:keys';
  const body = { kind: 'test.noop', input: {}, options: {} };
  const first = await api.call('POST', '/v1/jobs', { key, body });
  const second = await api.call('POST', '/v1/jobs', { key, body });
  return first?.body.id !== undefined && first.body.id === second?.body.id;
}

async function withSql<T>(fleet: Fleet, question: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = openSql(fleet.postgres);
  try {
    return await question(sql);
  } finally {
    await sql.end();
  }
}

async function drain(fleet: Fleet, stopped: AbortSignal): Promise<number> {
  const since = Date.now();
  while (Date.now() - since < drainMs && !stopped.aborted) {
    const [row] = await withSql(
      fleet,
      (sql) => sql<{ open: number }[]>`
        SELECT (SELECT count(*) FROM jobs WHERE finished_at IS NULL)::int
          + (SELECT count(*) FROM deliveries WHERE state = 'pending')::int AS open`,
    );
    if (row?.open === 0) return Date.now() - since;
    await delay(100);
  }
  return Infinity;
}

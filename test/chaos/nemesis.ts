import { setTimeout as delay } from 'node:timers/promises';
import type { Campaign, NemesisDeps } from './campaign.ts';
import { Skipped } from './faults/skipped.ts';
import { allFaults } from './faults/faults.ts';
import { measureRecovery } from './recovery.ts';

const calmMs = 3_500;
/** Jobs of the last moments before a fault are not calm. */
const marginMs = 500;

/**
 * Until `endAt`: every fault once in a random order, then again; after each one calm, in which recovery is measured.
 */
export async function rage(deps: NemesisDeps, endAt: number): Promise<Campaign> {
  const { random, stopped, names } = deps;
  const campaign: Campaign = { injected: [], phases: [], complaints: [] };
  const impossible = new Set<string>();
  let bag: string[] = [];
  await calm(campaign, stopped);
  while (names.length > impossible.size && Date.now() < endAt && !stopped.aborted) {
    if (bag.length === 0) bag = random.shuffle(names);
    const name = bag.pop() ?? '';
    if (impossible.has(name)) continue;
    if (await inject(deps, name, campaign)) await recover(deps, name, campaign);
    else impossible.add(name);
  }
  await delay(Math.max(0, endAt - Date.now()), undefined, { signal: stopped }).catch(() => {});
  return campaign;
}

/** False when this machine cannot do it. */
async function inject(deps: NemesisDeps, name: string, { phases, complaints }: Campaign): Promise<boolean> {
  const { history, print } = deps;
  const from = Date.now();
  history.record({ type: 'fault', name, phase: 'begins' });
  try {
    await allFaults[name]?.(deps);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Skipped) print(`${name}: skipped, ${reason}`);
    else complaints.push(`${name}: ${reason}`);
    return !(error instanceof Skipped);
  } finally {
    history.record({ type: 'fault', name, phase: 'mended' });
    phases.push({ name, from, to: Date.now() });
  }
  return true;
}

async function recover(deps: NemesisDeps, name: string, campaign: Campaign): Promise<void> {
  const { history, print, stopped } = deps;
  const recovery = await measureRecovery(deps, stopped);
  if (stopped.aborted) return;
  history.record({ type: 'fault', name, phase: 'over' });
  campaign.injected.push({ name, ...recovery });
  print(`${name}: serving after ${recovery.servingMs} ms, caught up after ${recovery.caughtUpMs} ms`);
  await calm(campaign, stopped);
}

async function calm({ phases }: Campaign, stopped: AbortSignal): Promise<void> {
  const from = Date.now();
  await delay(calmMs, undefined, { signal: stopped }).catch(() => {});
  phases.push({ name: 'calm', from, to: Date.now() - marginMs });
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Campaign, NemesisDeps } from './campaign.ts';
import { faults } from './faults.ts';
import { misbehave } from './misbehave.ts';
import { measureRecovery } from './recovery.ts';

const calmMs = 3_500;
/** Jobs of the last moments before a fault are not calm. */
const marginMs = 500;

const misbehaviour = 'CPU misbehaviour';

/** Until `endAt`: every fault once in a random order, then again; after each one calm, in which recovery is measured. */
export async function rage(deps: NemesisDeps, endAt: number): Promise<Campaign> {
  const { fleet, history, random, stopped, print, only } = deps;
  const campaign: Campaign = { injected: [], phases: [] };
  const names = [...Object.keys(faults), misbehaviour].filter((name) => only.length === 0 || only.includes(name));
  let bag: string[] = [];
  await calm(campaign, 'the start', stopped);
  while (names.length > 0 && Date.now() < endAt && !stopped.aborted) {
    if (bag.length === 0) bag = random.shuffle(names);
    const name = bag.pop() ?? '';
    history.record({ type: 'fault', name, phase: 'begins' });
    if (name === misbehaviour) campaign.phases.push(await misbehave(deps));
    else await faults[name]?.(fleet, random);
    history.record({ type: 'fault', name, phase: 'mended' });
    const recovery = await measureRecovery(deps, name, stopped);
    if (stopped.aborted) break;
    history.record({ type: 'fault', name, phase: 'over' });
    campaign.injected.push({ name, ...recovery });
    print(`${name}: serving after ${recovery.servingMs} ms, caught up after ${recovery.caughtUpMs} ms`);
    await calm(campaign, name, stopped);
  }
  if (names.length === 0) await delay(Math.max(0, endAt - Date.now()), undefined, { signal: stopped }).catch(() => {});
  return campaign;
}

async function calm({ phases }: Campaign, after: string, stopped: AbortSignal): Promise<void> {
  const from = Date.now();
  await delay(calmMs, undefined, { signal: stopped }).catch(() => {});
  phases.push({ kind: 'calm', after, from, to: Date.now() - marginMs });
}

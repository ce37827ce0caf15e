import path from 'node:path';
import { root } from '../support/root.ts';

/** Guarantees that can be taken out of an app, and which app that is. A run without one of them must not hold. */
export const sabotages = {
  'no-fence': 'worker',
  'no-maintenance': 'worker',
  'before-commit': 'api',
  'no-retry': 'worker',
} as const;

export type Sabotage = keyof typeof sabotages;

export function isSabotage(name: string): name is Sabotage {
  return Object.hasOwn(sabotages, name);
}

/** The main file to run instead of the shipped one, which it loads with one part replaced. */
export function mainOf(app: 'api' | 'worker', sabotage: Sabotage | undefined): string | undefined {
  if (sabotage === undefined || sabotages[sabotage] !== app) return undefined;
  return path.join(root, 'test/sabotage/roots', `${sabotage}.mjs`);
}

import path from 'node:path';
import type { ApiConstants } from '../../../apps/api/dist/constants.js';
import type { WorkerConstants } from '../../../apps/worker/dist/constants.js';
import { root } from '../root.ts';

type Overrides<T> = { [Group in keyof T]?: Partial<T[Group]> };

/** Constants that differ from the shipped ones, by group. Each process takes those that it has. */
export type TestConstants = Overrides<Omit<ApiConstants, 'events'> & Omit<WorkerConstants, 'events'>> & {
  events?: Partial<ApiConstants['events'] & WorkerConstants['events']>;
};

type Environment = Record<string, string>;

/** Returns the environment of a process that a composition root starts with these constants. */
export function withConstants(constants: TestConstants): Environment {
  return { TEST_CONSTANTS: JSON.stringify(constants) };
}

/**
 * Rate limits are exact, and event streams have log lines, only while Redis answers in time. With these constants a
 * slow machine is no outage, so that a test may count tokens and lines.
 */
export const lenientRedis = { slowMs: 60_000, timeoutMs: 2_000 };

/** Joins two environments. The second wins, name by name, also inside of TEST_CONSTANTS. */
export function mergeSettings(first: Environment, second: Environment): Environment {
  const [base, more] = [first, second].map((one) => JSON.parse(one['TEST_CONSTANTS'] ?? '{}') as TestConstants);
  const groups = [...new Set([...Object.keys(base ?? {}), ...Object.keys(more ?? {})])] as (keyof TestConstants)[];
  const merged = Object.fromEntries(groups.map((group) => [group, { ...base?.[group], ...more?.[group] }]));
  return { ...first, ...second, ...(groups.length > 0 && withConstants(merged)) };
}

/** Returns the program of an app: its composition root when the environment sets constants, else the shipped one. */
export function programOf(app: string, environment: Environment): string {
  const composed = environment['TEST_CONSTANTS'] !== undefined;
  return path.join(root, composed ? `test/roots/${app}.mjs` : `apps/${app}/dist/main.js`);
}

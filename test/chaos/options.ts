import { parseArgs } from 'node:util';
import { allFaults, faults } from './faults/faults.ts';
import { isSabotage, sabotages } from './sabotage.ts';

type Values = Record<string, string | boolean | undefined>;

export type Options = ReturnType<typeof readOptions>;

/** Says which argument cannot be used, and what can. */
export class OptionsFault extends Error {}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const known = {
  seed: text,
  minutes: text,
  rate: text,
  only: text,
  settings: text,
  sabotage: text,
  keep: flag,
  long: flag,
};

/** Throws an `OptionsFault`. */
export function readOptions(words: string[]) {
  const values = parse(words);
  const { settings = 'short', sabotage, long = false, keep = false } = values;
  if (settings !== 'short' && settings !== 'default')
    throw new OptionsFault(`--settings ${settings}: short or default.`);
  if (sabotage !== undefined && !isSabotage(sabotage))
    throw new OptionsFault(`--sabotage ${sabotage}: one of ${Object.keys(sabotages).join(', ')}.`);
  const seed = numberOf('seed', values.seed ?? String(Math.floor(Math.random() * 1_000_000)), seeds);
  const minutes = numberOf('minutes', values.minutes ?? '2', { from: 0.05, to: 1_440 });
  const rate = numberOf('rate', values.rate ?? '120', { from: 1, to: 10_000 });
  const names = values.only === undefined ? Object.keys(long ? allFaults : faults) : namesIn(values.only);
  const again = commandOf({ ...values, seed: String(seed) });
  return { seed, minutes, rate, names, settings, sabotage, keep, again } as const;
}

const seeds = { from: 0, to: 2 ** 32 - 1, whole: true };

function parse(words: string[]) {
  try {
    return parseArgs({ args: words, options: known }).values;
  } catch (error) {
    throw new OptionsFault(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function numberOf(
  name: string,
  word: string,
  { from, to, whole = false }: { from: number; to: number; whole?: boolean },
) {
  const value = /^\d+(\.\d+)?$/.test(word) ? Number(word) : NaN;
  if (value >= from && value <= to && !(whole && !Number.isInteger(value))) return value;
  throw new OptionsFault(`--${name} ${word}: a ${whole ? 'whole ' : ''}number from ${from} to ${to}.`);
}

function namesIn(only: string): string[] {
  if (only === 'none') return [];
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !Object.hasOwn(allFaults, name));
  if (unknown.length === 0) return names;
  throw new OptionsFault(`--only: there is no fault called "${unknown.join('", "')}".`);
}

/** The command that repeats this run. */
function commandOf(values: Values): string {
  const given = Object.entries(values).filter(([name]) => name !== 'keep');
  const words = given.map(([name, value]) => (value === true ? `--${name}` : `--${name} ${quoted(String(value))}`));
  return ['npm run chaos --', ...words].join(' ');
}

function quoted(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `"${word}"`;
}

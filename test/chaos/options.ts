import { parseArgs } from 'node:util';
import { allFaults, faults } from './faults.ts';
import { isSabotage } from './sabotage.ts';

type Values = Record<string, string | boolean | undefined>;

export type Options = NonNullable<ReturnType<typeof readOptions>>;

/** Undefined when they cannot be used. */
export function readOptions(words: string[]) {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: words,
      options: {
        seed: text,
        minutes: text,
        rate: text,
        only: text,
        settings: text,
        sabotage: text,
        keep: { type: 'boolean' },
        long: { type: 'boolean' },
      },
    });
    const { settings = 'short', sabotage, long = false, keep = false } = values;
    if (settings !== 'short' && settings !== 'default') return undefined;
    if (sabotage !== undefined && !isSabotage(sabotage)) return undefined;
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
    const [minutes, rate] = [Number(values.minutes ?? 2), Number(values.rate ?? 120)];
    if (!Number.isInteger(seed) || !(minutes > 0) || !(rate > 0)) return undefined;
    const names = values.only === undefined ? Object.keys(long ? allFaults : faults) : namesIn(values.only);
    if (names.some((name) => !(name in allFaults))) return undefined;
    return {
      seed,
      minutes,
      rate,
      names,
      settings,
      sabotage,
      keep,
      again: commandOf({ ...values, seed: String(seed) }),
    } as const;
  } catch {
    return undefined;
  }
}

function namesIn(only: string): string[] {
  return only === 'none' ? [] : only.split(',').map((name) => name.trim());
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

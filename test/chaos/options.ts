import { parseArgs } from 'node:util';

export type Options = NonNullable<ReturnType<typeof readOptions>>;

/** Undefined when they cannot be used. */
export function readOptions(words: string[]) {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: words,
      options: { seed: text, minutes: text, rate: text, only: text, settings: text, keep: { type: 'boolean' } },
    });
    const { settings = 'short' } = values;
    if (settings !== 'short' && settings !== 'default') return undefined;
    const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
    const [minutes, rate] = [Number(values.minutes ?? 2), Number(values.rate ?? 120)];
    if (!Number.isInteger(seed) || !(minutes > 0) || !(rate > 0)) return undefined;
    const only = values.only?.split(',').map((name) => name.trim()) ?? [];
    return { seed, minutes, rate, only, settings, keep: values.keep ?? false } as const;
  } catch {
    return undefined;
  }
}

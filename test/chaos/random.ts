export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, from ≤ x < to. */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  shuffle<T>(list: readonly T[]): T[];
}

/** The same numbers for the same seed, on every machine. Source: Mulberry32 by Tommy Ettinger, public domain. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from));
  return {
    next,
    between,
    pick: (list) => list[between(0, list.length)] as (typeof list)[number],
    shuffle(list) {
      const shuffled = [...list];
      for (let index = shuffled.length - 1; index > 0; index -= 1) {
        const other = between(0, index + 1);
        [shuffled[index], shuffled[other]] = [
          shuffled[other] as (typeof list)[number],
          shuffled[index] as (typeof list)[number],
        ];
      }
      return shuffled;
    },
  };
}

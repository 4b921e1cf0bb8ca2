// Chance that can be repeated: the same seed, the same choices.

export interface Chance {
  /** From 0 up to, but not, 1. */
  (): number;
  /** From 0 up to, but not, `below`. */
  below(below: number): number;
  is(probability: number): boolean;
  /** One of these; undefined of none. */
  pick<T>(from: readonly T[]): T | undefined;
  /** Another line of chance, which this one's later choices do not change. */
  fork(): Chance;
}

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const below = (most: number) => Math.floor(next() * most);
  return Object.assign(next, {
    below,
    is: (probability: number) => next() < probability,
    pick: <T>(from: readonly T[]) => from[below(from.length)],
    fork: () => chanceOf(below(0x1_0000_0000)),
  });
}

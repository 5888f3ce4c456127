/**
 * What a run leaves out is chosen by one number, printed with the tests: always the same, so that a change is judged by
 * its own merits; HD_CHAOS_SEED chooses another, and `npm run chaos` one by chance.
 */
const given = Number(process.env['HD_CHAOS_SEED']);
export const SEED = Number.isSafeInteger(given) && given > 0 ? given : 997_792;

/** Numbers from 0 to 1, the same for the same seed and name (mulberry32). */
export function chance(name: string): () => number {
  let state = Buffer.from(`${SEED} ${name}`).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of them. */
export function oneOf<T>(random: () => number, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

/** So many of them, none twice, in their order. */
export function someOf<T>(random: () => number, items: readonly T[], count: number): T[] {
  const left = items.map((item, index) => ({ item, index }));
  while (left.length > count) left.splice(Math.floor(random() * left.length), 1);
  return left.map(({ item }) => item);
}

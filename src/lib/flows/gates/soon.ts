import type { World } from '../world.ts';

/** Who goes back, or is in an emergency, waits this long for GitHub where it is not needed (D9). */
export const SOON_MS = 5000;

/** What is asked, or the other thing if no answer comes soon; what was begun goes on unseen. */
export async function soon<T, U>(
  world: World,
  asked: Promise<T>,
  other: () => U,
  ms = SOON_MS,
): Promise<T | U> {
  const enough = new AbortController();
  const late = world.clock.sleep(ms, enough.signal).then(other);
  return Promise.race([asked, late]).finally(() => enough.abort());
}

import { duration } from '../../domain/values.ts';
import type { World } from '../world.ts';

/** Who goes back, or is in an emergency, waits this long for GitHub where it is not needed (D9). */
const SOON_MS = 5000;

/**
 * What is asked, or the other thing if no answer comes soon; what was begun goes on unseen.
 * @param other is told what did not come in time: `GitHub does not answer in 5s`
 * @param ms or `--answer-timeout`, if that is shorter: whoever goes back does not wait longer
 */
export async function soon<T, U>(
  world: World,
  asked: Promise<T>,
  other: (why: string) => U,
  ms = SOON_MS,
): Promise<T | U> {
  const limit = Math.min(world.answerMs ?? ms, ms);
  const enough = new AbortController();
  const why = `GitHub does not answer in ${duration(limit)}`;
  const late = world.clock.sleep(limit, enough.signal).then(() => other(why));
  return Promise.race([asked, late]).finally(() => enough.abort());
}

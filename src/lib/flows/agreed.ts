import { InterruptedError, withHeadline } from '../domain/errors.ts';
import type { World } from './world.ts';

/** Whoever stops at the question is told what serves. */
export async function agreed(world: World, answer: Promise<void>, serves: string): Promise<void> {
  try {
    await answer;
    world.signal.throwIfAborted();
  } catch (error) {
    if (!(error instanceof InterruptedError) || error.headline !== undefined) throw error;
    throw withHeadline(error, `${serves}; nothing was changed`);
  }
}

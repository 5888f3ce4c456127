import type { Environment } from '../domain/environment.ts';
import { missingTokens } from '../engine/check.ts';
import type { World } from './world.ts';

/** Going back does not wait for a smoke check's token: the check is not asked, and what it would prove is not proven. */
export function warnTokens(world: World, environment: Environment): void {
  for (const { check, variable } of missingTokens(environment, world.env)) {
    const text = `smoke check ${check} will not be asked: ${variable} is not set`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}

import type { PlanStory } from '../domain/plan-story.ts';
import type { Change } from './change.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

export function planStory(
  _world: World,
  _input: { change: Pick<Change, 'environment' | 'plan' | 'target'>; seen: readonly SeenHost[] },
): Promise<PlanStory> {
  throw new TypeError('PLANS writes this');
}

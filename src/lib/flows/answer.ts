import type { Event } from '../domain/event.ts';
import type { ExitCode } from '../domain/exit.ts';
import type { PlanStory } from '../domain/plan-story.ts';
import type { EndBlock } from '../domain/verdict.ts';
import type { GateVerdict } from '../gates/gate.ts';
import type { Change } from './change.ts';
import type { SeenHost } from './observe.ts';

/** What a flow that acts, or would act, comes to: the last lines on the screen, and the same for machines. */
export interface Answer {
  block: EndBlock;
  json: object;
  exit: ExitCode;
  /** A dry run: the plan is the result, and stands above the verdict. */
  preview?: Event & { type: 'preview' };
  /** What was planned and not done: what a plan's file is written from. */
  made?: Made;
}

/** A plan, and all that is known of it. */
export interface Made {
  change: Change;
  seen: readonly SeenHost[];
  story?: PlanStory;
  gates?: readonly GateVerdict[];
}

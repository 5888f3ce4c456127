import type { Event } from '../domain/event.ts';
import type { ExitCode } from '../domain/exit.ts';
import type { EndBlock } from '../domain/verdict.ts';

/** What a flow that acts, or would act, comes to: the last lines on the screen, and the same for machines. */
export interface Answer {
  block: EndBlock;
  json: object;
  exit: ExitCode;
  /** A dry run: the plan is the result, and stands above the verdict. */
  preview?: Event & { type: 'preview' };
}

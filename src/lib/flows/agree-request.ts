import type { Environment } from '../domain/environment.ts';
import type { PlanSubject, Stage } from '../domain/plan.ts';
import type { Change } from './change.ts';
import type { GateWish } from './gates/gatekeeper.ts';

/** How a person, or a workflow, wants a change to be agreed to. */
export interface AgreeRequest {
  dryRun: boolean;
  /** Asks the person; throws if the answer is no. */
  confirm(environment: Environment, text: string): Promise<void>;
  gates: GateWish;
  /** The command as it was typed, with `hd`. */
  typed: readonly string[];
  /** The preview with all that is known of the change, and each stage with its commands (`--steps`). */
  story?: boolean;
  steps?: boolean;
  /** The command that does what was planned, if it is not the verb's own. */
  doIt?: readonly string[];
  /** By this hd, or by a run of the environment's workflow. */
  via?: Environment['via'];
  /** The plan that was agreed to before: its hash or the beginning of it, and what it was. */
  expect?: {
    hash: string;
    was?: PlanSubject;
    /** What people were shown of it. */
    stages?: readonly Stage[];
    /** Why else the plan may be another one: it was made by another version of hd. */
    why?: string;
  };
  /** It goes on with what people were asked for: one that said no has ended it. */
  asked?: boolean;
  /** What was shown of the plan before people were asked, as `textOf` gives it. */
  previewed?: string;
  /** The header was said already, by whoever knows more of it. */
  announced?: Promise<Change['actor']>;
}

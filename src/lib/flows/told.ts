import type { Environment } from '../domain/environment.ts';
import type { Outcome } from '../domain/ledger.ts';
import type { Actor } from '../domain/actor.ts';
import type { StopRequest } from '../domain/lock.ts';
import type { Plan, StageName } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { Serving } from '../domain/serving.ts';
import type { Fact } from '../domain/verdict.ts';
import type { Downtime } from '../engine/downtime.ts';
import type { Confirmed } from './history.ts';
import type { Sight } from './observe.ts';
import type { Proof } from './prove.ts';

/** Why something failed: one sentence, and what lay beside it. */
export interface Failure {
  text: string;
  more?: readonly string[];
  facts: readonly Fact[];
}

/** All that is known of a deployment at its end; the end block, the JSON and the ledger are told from it. */
export interface Told {
  verb: 'deploy' | 'rollback';
  environment: Environment;
  deployment: string;
  plan: Pick<Plan, 'release' | 'hosts' | 'hash'>;
  actor: Actor;
  outcome: Outcome;
  before: readonly Serving[];
  /** Seen after the last effect. */
  sight: Sight;
  /** Of what serves at the end. */
  proof?: Proof;
  /** Of the release that failed, before going back. */
  firstProof?: Proof;
  failure?: Failure;
  restored?: Confirmed;
  backFailure?: Failure;
  /** Another operator took the lock over. */
  lockLost?: boolean;
  /** Another operator asked it to stop. */
  stoppedBy?: StopRequest;
  downtime?: Downtime;
  /**
   * Milliseconds: from the lock to every host serving, and to the last check; of each stage that ended well, and of
   * going back if that did.
   */
  durations: { serving?: number; confirmed?: number } & Partial<Record<StageName | 'back', number>>;
  /** Hosts whose switch was begun. */
  begun: ReadonlySet<string>;
  /** What served before, if it was confirmed: what an undo goes back to. */
  previous?: Release;
  /** A rollback: the release that it leaves. */
  leaves?: Release;
  /** How often it was taken up again. */
  resumed?: number;
  /** What served before it was begun, if that was before `before`. */
  from?: Readonly<Record<string, string>>;
  /** Hosts whose ledger could not be written at the end. */
  unrecorded?: readonly string[];
}

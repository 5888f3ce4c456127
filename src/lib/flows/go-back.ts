import { HdError } from '../domain/errors.ts';
import { count } from '../domain/names.ts';
import { releaseName } from '../domain/release.ts';
import { execute } from '../engine/execute.ts';
import type { Execution } from '../engine/execution.ts';
import { backTarget } from './back.ts';
import type { Change } from './change.ts';
import { failureText, proofText } from './failure.ts';
import type { Confirmed } from './history.ts';
import type { Sight } from './observe.ts';
import { planChange } from './plan.ts';
import { prove, type Proof } from './prove.ts';
import type { Failure } from './told.ts';
import type { World } from './world.ts';

/** The stage of going back, as a person sees it: everything in it is told as a part of it. */
const BACK = 'go back';

export interface GoingBack {
  world: World;
  change: Change;
  restored: Confirmed;
  /** What was seen after the failure. */
  sight: Sight;
  look: () => Promise<Sight>;
  execution: (blobs: ReadonlyMap<string, Uint8Array>, signal: AbortSignal) => Execution;
}

interface Restored {
  failure?: Failure;
  /** Another operator took the lock over. */
  lockLost?: boolean;
  proof?: Proof;
  sight: Sight;
}

/** A failed deployment goes back: a plan to the last confirmed release, from what is there now, on every host. */
export async function goBack(back: GoingBack): Promise<Restored> {
  const { clock, reporter } = back.world;
  const name = releaseName(back.restored.release);
  const start = clock.now();
  reporter.event({ type: 'stage', name: BACK, mark: 'busy', text: `to ${name}` });
  const result = await restore(back);
  const { seen, unseen } = result.sight;
  reporter.event({
    type: 'stage',
    name: BACK,
    mark: result.failure === undefined ? 'ok' : 'fail',
    text: `${seen.length} of ${count(seen.length + unseen.length, 'host')}, to ${name}`,
    ms: clock.now() - start,
    open: true,
  });
  return result;
}

/** From here on a first Ctrl-C changes nothing any more: what was begun is brought to an end. */
async function restore({ world, change, restored, sight, look, execution }: GoingBack): Promise<Restored> {
  const { environment, driver } = change;
  const { signal } = new AbortController();
  try {
    const { target, blobs } = await backTarget(world, environment, sight.seen, restored);
    const observed = sight.seen.map((each) => each.observed);
    const { plan } = planChange(driver, environment, target, observed);
    const failed = await execute(plan.stages, { ...execution(blobs, signal), within: BACK });
    const after = await look();
    const proof = await prove(world, environment, after, restored.release, { signal, within: BACK });
    if (failed !== undefined) {
      const lockLost = [...failed.errors.values()].some((error) => error.code === 'lock-lost');
      return { failure: failureText(failed, plan), proof, sight: after, lockLost };
    }
    if (proof.whole) return { proof, sight: after };
    return { failure: proofText(proof, after, restored.release), proof, sight: after };
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    return { failure: { text: error.message, facts: error.facts }, sight: await look() };
  }
}

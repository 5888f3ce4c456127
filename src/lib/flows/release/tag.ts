import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import { shortCommit } from '../../domain/version.ts';
import type { ReleaseFacts } from '../../gates/release/index.ts';
import type { ReleaseState } from './state.ts';
import { stopIfAsked } from '../follow/stop.ts';
import type { ReleaseRequest, ReleaseWorld } from './world.ts';

/**
 * The annotated tag, made through the API, or signed by the local git and pushed. One that is at the commit already is
 * kept. From here on the release has begun.
 */
export async function ensureTag(
  request: Pick<ReleaseRequest, 'sign'>,
  world: ReleaseWorld,
  state: ReleaseState,
  facts: ReleaseFacts,
): Promise<void> {
  const { clock, github, reporter, signal } = world;
  const { tag, commit } = facts;
  const at = `${tag} ${state.tagIs === 'kept' ? 'is ' : ''}at ${shortCommit(commit.sha)}`;
  if (state.tagIs === 'kept') {
    reporter.event({ type: 'stage', name: 'tag', mark: 'idle', text: `${at} already, kept` });
    return;
  }
  stopIfAsked(signal);
  const since = clock.now();
  reporter.event({ type: 'stage', name: 'tag', mark: 'busy', text: at });
  const order = { tag, commit: commit.sha, message: `Release ${tag}` };
  try {
    if (request.sign) await signAndPush(order, world);
    else await github.createTag(order);
  } catch (error) {
    // An answer that was lost: the tag may be there.
    if (error instanceof HdError && error.exit === Exit.inconclusive) state.tagIs = 'unknown';
    throw error;
  }
  state.tagIs = 'made';
  state.durationsMs.tag = clock.now() - since;
  const by = state.login === undefined ? '' : `, by ${state.login}`;
  const text = `${at}, ${request.sign ? 'signed' : 'annotated'}${by}`;
  reporter.event({ type: 'stage', name: 'tag', mark: 'ok', text, ms: state.durationsMs.tag });
}

async function signAndPush(
  order: { tag: `v${string}`; commit: string; message: string },
  { signer, github }: ReleaseWorld,
): Promise<void> {
  if (signer === undefined)
    throw new HdError(
      'no-clone',
      Exit.usage,
      `--sign needs a git clone of the repository, and there is none here`,
    );
  await signer.signTag(order);
  await signer.pushTag(order.tag);
  const there = await github.tag(order.tag);
  if (there?.commit !== order.commit)
    throw new HdError(
      'tag-not-pushed',
      Exit.inconclusive,
      `${order.tag} was pushed, and ${github.webUrl} does not have it at ${shortCommit(order.commit)}`,
    );
}

import { Exit } from '../../domain/exit.ts';
import { HdError, InterruptedError, UsageError } from '../../domain/errors.ts';
import type { EndBlock } from '../../domain/verdict.ts';
import { shortCommit } from '../../domain/version.ts';
import { greatest, judgeRelease, releasesOfLine, type ReleaseFacts } from '../../gates/release/index.ts';
import { brokenOff } from './broken-off.ts';
import { notProven, planned, refused, released, runFailed } from './end.ts';
import { concludeRun } from '../follow/run.ts';
import { followTag } from './follow.ts';
import { toJson } from './json.ts';
import { observe, type Observed } from './observe.ts';
import { previewOf } from './preview.ts';
import { findImages, prove } from './prove.ts';
import { newState, type ReleaseState } from './state.ts';
import { orStop, stopIfAsked } from '../follow/stop.ts';
import { ensureTag } from './tag.ts';
import { assertRequest, nextPatch } from './version.ts';
import type { ReleaseRequest, ReleaseWorld } from './world.ts';

export type { ReleaseRequest, ReleaseWorld } from './world.ts';

export interface ReleaseResult {
  end: EndBlock;
  json: Record<string, unknown>;
}

/**
 * Cuts a release: observe, judge, ask once, tag, follow the run that the tag starts, prove what it made. Whatever is
 * true already is kept, so that the same command finishes a release that was begun.
 * @param leaving is given what to say if the process has to end at once
 * @throws UsageError (exit 2); everything else that was foreseen is in the end block, with what exists by then
 */
export async function release(
  request: ReleaseRequest,
  world: ReleaseWorld,
  leaving: (block: () => EndBlock) => void = () => undefined,
): Promise<ReleaseResult> {
  assertRequest(request);
  const state = newState(request);
  leaving(() => brokenOff(state, new InterruptedError()));
  const result = (end: EndBlock, error?: HdError) => ({ end, json: toJson(state, end, world, error) });
  try {
    return result(await tell(request, world, state));
  } catch (error) {
    if (!(error instanceof HdError) || error.exit === Exit.usage) throw error;
    return result(brokenOff(state, error), error);
  }
}

async function tell(request: ReleaseRequest, world: ReleaseWorld, state: ReleaseState): Promise<EndBlock> {
  const { clock, config, github, reporter, signal } = world;
  const since = clock.now();
  const observed = await orStop(signal, observe(request, world));
  const { facts } = observed;
  note(state, observed);
  state.durationsMs.gates = clock.now() - since;

  const preview = previewOf(observed, state.verdicts);
  if (request.dryRun) return planned(state, preview);
  if (state.verdicts.some((verdict) => verdict.state === 'closed')) return refused(state);

  reporter.event({ type: 'preview', facts: preview });
  if (state.tagIs === 'absent') await agree(request, world, facts);
  const { file, text = '' } = facts.workflow;
  const workflow = { file, text };
  reporter.event({
    type: 'stages',
    stages: [
      { name: 'gates', text: '' },
      { name: 'tag', text: facts.tag },
      { name: 'run', text: file },
      { name: 'prove', text: `${facts.tag}, its image, its GitHub Release` },
    ],
  });
  const of = state.verdicts.length;
  const all = state.verdicts.every((verdict) => verdict.state === 'open');
  const gates = all ? `${of} of ${of} open` : `none of ${of} closed`;
  reporter.event({ type: 'stage', name: 'gates', mark: 'ok', text: gates, ms: state.durationsMs.gates });

  await ensureTag(request, world, state, facts);

  const earlier = await takeUp(world, state, facts);
  const follow = { tag: facts.tag, commit: facts.commit.sha, workflow, timeoutMs: request.timeoutMs };
  const followed = await followTag(
    { ...follow, ...(earlier.failed !== undefined && { after: earlier.failed }) },
    world,
  );
  state.run = followed;
  state.durationsMs.run = followed.ms;
  const concluded = await concludeRun(followed, workflow, world, earlier.green);
  if (!concluded.ok) {
    await lookAround(world, state, facts);
    return runFailed(state, facts.branch.name);
  }

  stopIfAsked(signal);
  await prove(world, state, facts);
  if (state.proofs.some((proof) => !proof.ok)) return notProven(state, file);
  const url =
    state.release?.url ?? `${github.webUrl}/${github.repository.owner}/${github.repository.name}/releases`;
  return released(state, Object.values(config.environments), url);
}

/** What was observed, as far as the end of the story speaks of it. */
function note(state: ReleaseState, { facts, login }: Observed): void {
  const { existing, version, maintenance, releases } = facts;
  const newest = greatest([version, ...releasesOfLine(version, releases, maintenance)]) ?? version;
  Object.assign(state, { version, tag: facts.tag, commit: facts.commit.sha, free: nextPatch(newest) });
  if (login !== undefined) state.login = login;
  if (existing !== undefined) state.existing = existing;
  state.verdicts = judgeRelease(facts);
  if (existing?.commit === facts.commit.sha) state.tagIs = 'kept';
}

/** The one question: only the tag can't be taken back. */
async function agree(request: ReleaseRequest, world: ReleaseWorld, facts: ReleaseFacts): Promise<void> {
  if (request.yes) return;
  const command = ['hd', 'release', facts.version, '--yes'];
  if (!world.prompt.interactive)
    throw new UsageError(`${facts.tag} needs an agreement, and there is no terminal to ask on`, '--yes', {
      next: [{ command }],
    });
  const short = shortCommit(facts.commit.sha);
  const agreed = await world.prompt.confirm(`Tag ${short} as ${facts.tag}? A tag is never moved.`);
  if (!agreed) throw new InterruptedError(`${facts.tag} was not agreed to`);
  stopIfAsked(world.signal);
}

/**
 * What an earlier command left of the run: green is kept; failed runs again, and a later attempt than that one is
 * waited for.
 */
async function takeUp(
  world: ReleaseWorld,
  state: ReleaseState,
  facts: ReleaseFacts,
): Promise<{ green: boolean; failed?: number }> {
  if (state.tagIs !== 'kept') return { green: false };
  const { github, signal } = world;
  const run = await orStop(signal, github.runOfTag(facts.workflow.file, facts.tag, facts.commit.sha));
  if (run?.status !== 'completed') return { green: false };
  if (run.conclusion === 'success') return { green: true };
  await github.rerunFailed(run.id);
  state.rerun = true;
  return { green: false, failed: run.attempt };
}

/** After a failure: what is there all the same. What can't be read stays unsaid. */
async function lookAround(world: ReleaseWorld, state: ReleaseState, facts: ReleaseFacts): Promise<void> {
  const [images, found] = await orStop(
    world.signal,
    Promise.allSettled([findImages(world, facts), world.github.release(facts.tag)]),
  );
  if (images.status === 'fulfilled') state.images = images.value;
  if (found.status === 'fulfilled' && found.value !== undefined) state.release = found.value;
}

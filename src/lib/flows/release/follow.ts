import { STAGE_FLAG } from '../../domain/limits.ts';
import type { Commit, Tag } from '../../domain/version.ts';
import { announceRun, appeared, followRun, type Followed, type WorkflowText } from '../follow/run.ts';
import type { ReleaseWorld } from './world.ts';

export interface FollowTag {
  tag: Tag;
  commit: Commit;
  workflow: WorkflowText;
  timeoutMs: number;
  /** Wait for an attempt after this one: the run was asked to run again. */
  after?: number;
}

/**
 * Follows the run that the push of this tag started, and no other, to its end; shows its jobs.
 * @throws HdError (exit 9) if it does not appear, does not end in time, or GitHub falls silent
 */
export async function followTag(options: FollowTag, world: ReleaseWorld): Promise<Followed> {
  const { tag, commit, workflow, timeoutMs, after } = options;
  const { file } = workflow;
  const since = world.clock.now();
  announceRun(world, workflow);
  const find = () => world.github.runOfTag(file, tag, commit);
  const run = await appeared(find, `no run of ${file} for ${tag}`, world);
  const limit = { ms: timeoutMs, flag: STAGE_FLAG };
  const followed = await followRun(
    run.id,
    { workflow, limit, ...(after === undefined ? {} : { after }) },
    world,
  );
  return { ...followed, ms: world.clock.now() - since };
}

import { UsageError } from '../domain/errors.ts';
import type { PlanFile } from '../domain/plan-file.ts';
import type { AgreeRequest } from './agree-request.ts';
import type { Answer, Made } from './answer.ts';
import { deploy } from './deploy.ts';
import { environmentNamed } from './environments.ts';
import { planStory } from './plan-story.ts';
import { rollback } from './rollback.ts';
import type { World } from './world.ts';

/** What was planned, as it is kept: nothing of the world but what was observed of it, and no secrets. */
export async function planFileOf(world: World, { change, seen, story, gates = [] }: Made): Promise<PlanFile> {
  const { plan, actor, verb, worktree } = change;
  return {
    schemaVersion: 1,
    hd: world.version,
    at: new Date(world.clock.now()).toISOString(),
    by: actor,
    verb,
    environment: plan.environment,
    release: plan.release,
    ...(worktree === undefined ? {} : { worktree }),
    hash: plan.hash,
    subject: plan.subject,
    stages: plan.stages,
    gates: gates.map(({ gate, state, text, more }) => ({ gate, state, text, ...(more && { more }) })),
    story: story ?? (await planStory(world, { change, seen })),
  };
}

export type ApplyRequest = Omit<AgreeRequest, 'expect' | 'story'>;

/**
 * `hd apply plan.json`: plans again, from what is observed and from the release's digests, and goes on only if that is
 * the same plan. Nothing of the file is executed as it stands.
 * @param name for messages: `plan.json`
 * @throws HdError exit 8 with what has changed since; nothing of it was begun then
 */
export function applyPlan(
  world: World,
  name: string,
  file: PlanFile,
  request: ApplyRequest,
): Promise<Answer> {
  const environment = environmentNamed(world.config, file.environment);
  const why = otherVersion(name, file.hd, world.version);
  if (why !== undefined) world.reporter.event({ type: 'note', mark: 'warn', text: why });
  const expect = {
    hash: file.hash,
    was: file.subject,
    stages: file.stages,
    ...(why === undefined ? {} : { why }),
  };
  const wish = { ...request, expect, doIt: ['hd', 'apply', name] };
  const { release, verb } = file;
  if (verb === 'deploy')
    return deploy(world, {
      ...wish,
      environment: environment.name,
      wanted: { release, worktree: file.worktree === true },
    });
  if (release.tag === undefined)
    throw new UsageError(`${name} goes back to a release without a tag`, undefined, {
      next: [{ command: ['hd', 'rollback', environment.name, '--list'] }],
    });
  return rollback(world, { ...wish, environment, to: release.tag, interrupt: false });
}

/** Patches of one minor version plan alike. */
function otherVersion(name: string, made: string, version: string): string | undefined {
  const minor = (text: string): string => text.split('.').slice(0, 2).join('.');
  if (minor(made) === minor(version)) return undefined;
  return `${name} was made by hd ${made}; this is ${version}, which may plan otherwise`;
}

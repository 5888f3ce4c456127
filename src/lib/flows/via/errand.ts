import type { Environment } from '../../domain/environment.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Release } from '../../domain/release.ts';
import type { Serving } from '../../domain/serving.ts';
import type { GitHub, WorkflowRun } from '../../ports.ts';
import type { FollowWorld } from '../follow/run.ts';
import type { SeenHost } from '../observe.ts';
import type { World } from '../world.ts';

/** What a run of a workflow is to bring about. */
export interface Errand {
  verb: 'deploy' | 'rollback';
  environment: Environment;
  /** The plan's hash; only its beginning if the run is taken up by somebody who did not start it. */
  plan: string;
  /** Whether the job makes sure of the plan: its workflow declares the input. */
  bound: boolean;
  /** Not known to whoever takes the run up. */
  release?: Release;
  /** A rollback: the release that it leaves. */
  leaves?: Release;
  /** As it was seen before the run: what served, and where the ledger ended. */
  seen: readonly SeenHost[];
  before: readonly Serving[];
  /** Taken up: when the run was started, in epoch milliseconds; what the ledger has since then may be its work. */
  since?: number;
}

/** Limits of a run, without what it waits for people; and of that: GitHub itself ends it after 30 days. */
export const RUN_MS = 30 * 60_000;
export const RUN_FLAG = '--run-timeout';
export const REVIEW_MS = 30 * 24 * 3_600_000;

/**
 * The command that starts it anew.
 * @param run one of it that is over: its title names the release to whoever did not start it
 */
export function againCommand(
  { verb, environment, release }: Pick<Errand, 'verb' | 'environment' | 'release'>,
  run?: Pick<WorkflowRun, 'title'>,
): string[] {
  const tag = release?.tag ?? TAG.exec(run?.title ?? '')?.[0] ?? 'TAG';
  const which = verb === 'rollback' ? '--to' : '--tag';
  return ['hd', verb, environment.name, which, tag, '--via', 'workflow'];
}

const TAG = /(?<![\w.-])v\d+\.\d+\.\d+(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?(?![\w.-])/;

/** The workflow of an environment, for going forward or back. @throws UsageError if hd.yml names none */
export function workflowOf({ name, github }: Environment, verb: Errand['verb']): string {
  const file = verb === 'deploy' ? github?.workflow : github?.rollbackWorkflow;
  if (file !== undefined) return file;
  const key = verb === 'deploy' ? 'workflow: deploy_backend.yml' : 'rollback_workflow: rollback.yml';
  throw new UsageError(
    `hd.yml names no workflow that ${verb === 'deploy' ? 'deploys to' : 'rolls back'} ${name}`,
    `environments: {${name}: {github: {${key}}}}`,
  );
}

/** @throws UsageError without a repository; HdError exit 4 without a token */
export async function requireGitHub(world: World): Promise<GitHub> {
  const github = await world.github();
  if (github === undefined)
    throw new UsageError('a workflow needs a repository on GitHub', 'repository: owner/name in hd.yml');
  if (!github.hasToken)
    throw new HdError('token-needed', Exit.notAllowed, 'a workflow can be started only with a GitHub token', {
      next: [{ remark: 'a token of your own', command: ['gh', 'auth', 'login'] }],
    });
  return github;
}

export function followWorld(world: World, github: FollowWorld['github']): FollowWorld {
  const { clock, reporter, signal, githubWaitMs } = world;
  return { github, clock, reporter, signal, patienceMs: githubWaitMs };
}

/** Where a person sees all runs of a workflow. */
export function runsPage({ webUrl, repository }: GitHub, file: string): string {
  return `${webUrl}/${repository.owner}/${repository.name}/actions/workflows/${file}`;
}

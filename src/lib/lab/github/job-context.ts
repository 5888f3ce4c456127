import { randomUUID } from 'node:crypto';
import type { World } from './operation.ts';
import { shortRef } from './refs.ts';
import type { Job, Run } from './state.ts';

/** Of the emulator's own environment only this reaches a job; its secrets do not. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ'];

/** The `github` context of a job. */
export function githubContext(
  world: World,
  run: Run,
  job: Job | undefined,
  token: string,
): Record<string, unknown> {
  const { owner, repo, defaultBranch } = world.settings;
  return {
    sha: run.sha,
    ref: run.ref,
    ref_name: shortRef(run.ref),
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: `${owner}/${repo}`,
    repository_owner: owner,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    actor: run.actor,
    triggering_actor: run.actor,
    event_name: run.event,
    event: {
      inputs: run.inputs,
      ref: run.ref,
      before: run.before,
      after: run.sha,
      repository: { default_branch: defaultBranch },
    },
    workflow: world.store.state.workflows[run.workflow]?.name ?? run.workflow,
    ...(job === undefined ? {} : { job: job.key }),
    workflow_ref: `${owner}/${repo}/${run.workflow}@${run.ref}`,
    workflow_sha: run.sha,
    server_url: world.origin,
    api_url: world.origin,
    token,
  };
}

/** What every step of a job finds in its environment; a self-hosted runner's, since hosts are in its reach. */
export function environmentOf(world: World, run: Run, job: Job, token: string): Record<string, string> {
  const context = githubContext(world, run, job, token);
  const named = Object.entries(context).filter(
    // the token is there for who asks for it: `env: {GITHUB_TOKEN: …}`
    ([name, value]) => name !== 'token' && typeof value === 'string',
  );
  const own = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(own),
    ...world.settings.runner.env,
    ...Object.fromEntries(named.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value as string])),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...{ RUNNER_OS: 'Linux', RUNNER_ARCH: 'X64', RUNNER_NAME: 'lab', RUNNER_ENVIRONMENT: 'self-hosted' },
    RUNNER_TRACKING_ID: `github_${randomUUID()}`,
    GIT_TERMINAL_PROMPT: '0',
  };
}

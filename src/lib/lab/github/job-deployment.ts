import { jobUrl } from './checks.ts';
import { addDeployment, addStatus } from './deployments.ts';
import type { World } from './operation.ts';
import { shortRef } from './refs.ts';
import type { Conclusion, Deployment, DeploymentStatus, Job, Run } from './state.ts';
import { BOT } from './tokens.ts';

/** A deployment that follows a job. */
export interface Followed {
  deployment: Deployment;
  say(state: DeploymentStatus['state']): void;
}

/**
 * What GitHub does by itself for a job with `environment:`: a deployment, whose statuses follow the job and name it.
 * @param texts of `environment:`, for people
 * @param known the one that there is already, of a job that waits
 */
export function followJob(
  world: World,
  run: Run,
  job: Job,
  texts: { name: string; url: string },
  known: Deployment | undefined,
): Followed {
  const deployment =
    known ??
    addDeployment(world.store, {
      ...{ ref: shortRef(run.ref), sha: run.sha, task: 'deploy', environment: texts.name },
      ...{ description: null, payload: {}, creator: BOT, transient: false },
      production: texts.name === 'production',
    });
  return {
    deployment,
    say: (state) =>
      void addStatus(world.store, deployment, {
        ...{ state, creator: BOT, logUrl: jobUrl(world, job), environmentUrl: texts.url },
      }),
  };
}

/** What is said when the job has ended. */
export function endOf(conclusion: Conclusion): DeploymentStatus['state'] {
  if (conclusion === 'success') return 'success';
  return conclusion === 'cancelled' ? 'error' : 'failure';
}

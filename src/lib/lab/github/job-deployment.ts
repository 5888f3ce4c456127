import { jobUrl } from './checks.ts';
import { addDeployment, addStatus } from './deployments.ts';
import type { World } from './operation.ts';
import { shortRef } from './refs.ts';
import type { Conclusion, DeploymentStatus, Job, Run } from './state.ts';

/**
 * What GitHub does by itself for a job with `environment:`: a deployment, whose statuses follow the job and name it.
 * @param texts of `environment:`, for people
 * @returns what is said when the job has ended
 */
export function followJob(
  world: World,
  run: Run,
  job: Job,
  texts: { name: string; url: string },
): (end: Conclusion) => void {
  const creator = 'github-actions[bot]';
  const deployment = addDeployment(world.store, {
    ...{ ref: shortRef(run.ref), sha: run.sha, task: 'deploy', environment: texts.name },
    ...{ description: null, payload: {}, creator, transient: false },
    production: texts.name === 'production',
  });
  const say = (state: DeploymentStatus['state']): void => {
    addStatus(world.store, deployment, {
      ...{ state, creator, logUrl: jobUrl(world, job), environmentUrl: texts.url },
    });
  };
  say('in_progress');
  return (end) => say(end === 'success' ? 'success' : end === 'cancelled' ? 'error' : 'failure');
}

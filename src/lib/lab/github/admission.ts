import { ensureEnvironment, rulesOf } from './environments.ts';
import type { Gates, Passage } from './gates.ts';
import { followJob, type Followed } from './job-deployment.ts';
import type { World } from './operation.ts';
import { shortRef } from './refs.ts';
import type { Environment } from './review-state.ts';
import type { Job, Run } from './state.ts';

/** A job on its way into its environment. */
export interface Entering {
  world: World;
  gates: Gates;
  run: Run;
  job: Job;
  /** Of `environment:`. */
  texts: { name: string; url: string };
  /** The job waits now. */
  waits(): void;
  signal: AbortSignal;
}

/** Brings a job past the protection rules of its environment, and its deployment along. */
export async function admit(entering: Entering): Promise<{ passage: Passage; followed: Followed }> {
  const { world, gates, run, job, signal } = entering;
  const { state } = world.store;
  const environment = ensureEnvironment(world, entering.texts.name);
  const before = gates.of(job);
  const known = state.deployments.find((one) => one.id === before?.deployment);
  const followed = followJob(world, run, job, { ...entering.texts, name: environment.name }, known);
  const { waitTimer, reviewers } = rulesOf(world, environment);
  if (!allowsRef(world, environment, run)) {
    followed.say('failure');
    refuse(
      job,
      `${shortRef(run.ref)} is not allowed to deploy to ${environment.name} due to environment protection rules.`,
    );
    return { passage: 'rejected', followed };
  }
  if (before === undefined && waitTimer === 0 && reviewers.length === 0) return { passage: 'open', followed };
  const gate = before ?? gates.close(run, job, environment, followed.deployment);
  if (before === undefined) followed.say('waiting');
  entering.waits();
  const passage = await gates.pass(gate, environment, signal);
  if (passage === 'open') followed.say('queued');
  if (passage === 'rejected' || passage === 'expired') {
    followed.say('failure');
    refuse(job, "The deployment was rejected or didn't satisfy other protection rules.");
  }
  return { passage, followed };
}

function refuse(job: Job, message: string): void {
  job.annotations.push({ level: 'failure', title: null, message, path: '.github', line: 1 });
}

/** Custom policies are a list that the lab has no way to fill: they let nothing in. */
function allowsRef({ store }: World, { branchPolicy }: Environment, { ref }: Run): boolean {
  if (branchPolicy === null) return true;
  return (
    branchPolicy.protected_branches && ref.startsWith('refs/heads/') && shortRef(ref) in store.state.branches
  );
}

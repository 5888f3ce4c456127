import { z } from 'zod';
import { resolveCommit } from './commits.ts';
import { utc } from './git-objects.ts';
import { addIssue } from './issues.ts';
import { findLogin } from './members.ts';
import type { World } from './operation.ts';

const checkSchema = z.strictObject({
  sha: z.string(),
  name: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z
    .enum(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required'])
    .optional(),
});

/** Sets up a check run as another app than Actions would make it; the same name again is a newer one. */
export async function addCheck(world: World, data: unknown): Promise<{ id: number }> {
  const { sha, name, status, conclusion = null } = checkSchema.parse(data);
  const commit = await resolveCommit(world, sha);
  const now = utc(Date.now());
  const { store } = world;
  const state = status ?? (conclusion === null ? 'queued' : 'completed');
  const id = store.id();
  store.state.checks.push({
    ...{ id, checkSuite: store.id(), sha: commit, name, status: state, conclusion, startedAt: now },
    completedAt: state === 'completed' ? now : null,
  });
  await store.flush();
  return { id };
}

const pullSchema = z.strictObject({
  title: z.string(),
  author: z.string(),
  mergeCommit: z.string(),
  commits: z.array(z.string()).default([]),
  branch: z.string().default('topic'),
});

/** Sets up a pull request that was merged. */
export async function addPull(world: World, data: unknown): Promise<{ number: number }> {
  const { title, author, branch, ...asked } = pullSchema.parse(data);
  if (findLogin(world.settings, author) === undefined) throw new Error(`there is no user ${author}`);
  const mergeCommit = await resolveCommit(world, asked.mergeCommit);
  const commits = await Promise.all(asked.commits.map((sha) => resolveCommit(world, sha)));
  const made = addIssue(world, {
    ...{ title, author, body: null, labels: [], assignees: [] },
    ...{ state: 'closed', closedAt: utc(Date.now()), closedBy: author },
    pull: { branch, mergeCommit, commits },
  });
  await world.store.flush();
  return { number: made.number };
}

const branchSchema = z.strictObject({
  protection: z.array(z.string()).default([]),
  rules: z.array(z.string()).default([]),
});

/** Protects a branch: names of checks that its protection, and that the repository's ruleset, requires. */
export async function protectBranch({ store }: World, name: string, data: unknown): Promise<void> {
  store.state.branches[name] = branchSchema.parse(data);
  await store.flush();
}

export async function freeBranch({ store }: World, name: string): Promise<void> {
  store.state.branches = Object.fromEntries(
    Object.entries(store.state.branches).filter(([branch]) => branch !== name),
  );
  await store.flush();
}

/** As if nothing had ever been deployed to the environment. */
export async function forgetDeployments({ store }: World, data: unknown): Promise<void> {
  const { environment } = z.strictObject({ environment: z.string() }).parse(data);
  store.state.deployments = store.state.deployments.filter((each) => each.environment !== environment);
  await store.flush();
}

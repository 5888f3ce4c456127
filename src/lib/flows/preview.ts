import type { Vote } from '../domain/approval.ts';
import type { Event } from '../domain/event.ts';
import type { PlanStory } from '../domain/plan-story.ts';
import { shortDigest, releaseName, type Release } from '../domain/release.ts';
import { servesWhat, type Serving } from '../domain/serving.ts';
import type { Fact } from '../domain/verdict.ts';
import { shortCommit } from '../domain/version.ts';
import { downtime, span } from '../domain/values.ts';
import type { Change } from './change.ts';
import type { Expected } from './expected.ts';
import { sameRelease } from './history.ts';
import { commitsText, fileFacts } from './preview-story.ts';
import { previewTable } from './preview-table.ts';

export interface PreviewInput {
  change: Pick<Change, 'environment' | 'plan' | 'worktree' | 'resumes'>;
  servings: readonly Serving[];
  /** Hosts that do not answer and are left as they are. */
  away: readonly string[];
  /** What a failure would go back to. */
  wayBack: Release | undefined;
  /** What the gates say. */
  gates?: readonly Fact[];
  /** Who has approved it, by which role. */
  approved?: readonly Pick<Vote, 'by' | 'role'>[];
  /** How long it took the last times. */
  expected?: Expected;
  /** What it would change, where that was looked up. */
  story?: PlanStory;
  /** Each stage with its commands (`--steps`). */
  steps?: boolean;
}

/** What would be done, why, and how one would get back (screens.md, 3): the plan as a person reads it. */
export function preview({
  change: { environment, plan, worktree, resumes },
  servings,
  wayBack,
  away,
  gates = [],
  approved = [],
  expected,
  story,
  steps = false,
}: PreviewInput): Event & { type: 'preview' } {
  const { release } = plan;
  const before = servings[0]?.release;
  const facts: Fact[] = [
    {
      label: 'serves',
      text: servesWhat(servings, away),
    },
  ];
  const changes = (label: string, from: string | undefined, to: string): void => {
    facts.push({ label, text: from === undefined || from === to ? to : `${from} → ${to}` });
  };
  const told = story === undefined ? '' : commitsText(story);
  changes(
    'release',
    before === undefined ? undefined : releaseName(before),
    `${releaseName(release)}${told}`,
  );
  changes(
    'commit',
    before === undefined ? undefined : shortCommit(before.commit),
    shortCommit(release.commit),
  );
  for (const [service, image] of Object.entries(release.images)) {
    const was = before?.images[service]?.digest;
    changes(service, was === undefined ? undefined : shortDigest(was), shortDigest(image.digest));
  }
  facts.push(...fileFacts(story?.files ?? [], environment.compose));
  if (worktree === true)
    facts.push({
      label: 'files',
      text: `of the working tree, not of ${shortCommit(release.commit)}`,
      mark: 'warn',
    });

  const left = resumes?.plan === undefined ? '' : `, what is left of ${resumes.plan.slice(0, 12)}`;
  const after: Fact[] = [
    { label: 'plan', text: `${plan.hash.slice(0, 12)}${left}${approvedText(approved)}` },
  ];
  after.push(...gates);
  const limit = environment.rollout.maxDowntimeMs;
  if (limit !== undefined) after.push({ label: 'downtime', text: `limit ${downtime(limit)}, measured` });
  after.push({
    label: 'way back',
    text: wayBackText(wayBack, release, expected?.back),
  });
  const hosts = environment.hosts.map((host) => host.name).filter((name) => !away.includes(name));
  const table = previewTable(plan, hosts, { expected: expected?.stages ?? {}, steps });
  return { type: 'preview', facts, table, after };
}

/** `, approved by login-b (tech-lead), login-c (qa-lead)`. */
function approvedText(votes: readonly Pick<Vote, 'by' | 'role'>[]): string {
  const names = votes.map(({ by, role }) => `${by} (${role})`);
  return names.length === 0 ? '' : `, approved by ${names.join(', ')}`;
}

function wayBackText(wayBack: Release | undefined, release: Release, ms: number | undefined): string {
  if (wayBack === undefined) return 'none: nothing was ever confirmed here';
  const name = releaseName(wayBack);
  return sameRelease(wayBack, release)
    ? `none: ${name} itself is what was confirmed last`
    : `${name}${ms === undefined ? '' : ` in about ${span(ms)}`}, by itself if this fails`;
}

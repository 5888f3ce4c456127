import type { Event } from '../domain/event.ts';
import { foldHosts } from '../domain/names.ts';
import { shortDigest, releaseName, type Release } from '../domain/release.ts';
import { servesWhat, type Serving } from '../domain/serving.ts';
import type { Fact } from '../domain/verdict.ts';
import { shortCommit } from '../domain/version.ts';
import { downtime } from '../domain/values.ts';
import type { Change } from './change.ts';
import { sameRelease } from './history.ts';

export interface PreviewInput {
  change: Pick<Change, 'environment' | 'plan' | 'worktree' | 'resumes'>;
  servings: readonly Serving[];
  /** Hosts that do not answer and are left as they are. */
  away: readonly string[];
  /** What a failure would go back to. */
  wayBack: Release | undefined;
  /** What the gates say. */
  gates?: readonly Fact[];
}

/** What would be done, why, and how one would get back (screens.md, 3): the plan as a person reads it. */
export function preview({
  change: { environment, plan, worktree, resumes },
  servings,
  wayBack,
  away,
  gates = [],
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
  changes('release', before === undefined ? undefined : releaseName(before), releaseName(release));
  changes(
    'commit',
    before === undefined ? undefined : shortCommit(before.commit),
    shortCommit(release.commit),
  );
  for (const [service, image] of Object.entries(release.images)) {
    const was = before?.images[service]?.digest;
    changes(service, was === undefined ? undefined : shortDigest(was), shortDigest(image.digest));
  }
  if (worktree === true)
    facts.push({
      label: 'files',
      text: `of the working tree, not of ${shortCommit(release.commit)}`,
      mark: 'warn',
    });

  const rows = plan.stages.map((stage, index) => ({
    cells: [`${index + 1} ${stage.name}`, foldHosts(stage.hosts), stage.what, stage.because],
  }));
  const all = environment.hosts.map((host) => host.name).filter((name) => !away.includes(name));
  rows.push({ cells: [`${rows.length + 1} verify`, foldHosts(all), 'all checks', 'every deployment'] });

  const left = resumes?.plan === undefined ? '' : `, what is left of ${resumes.plan.slice(0, 12)}`;
  const after: Fact[] = [{ label: 'plan', text: `${plan.hash.slice(0, 12)}${left}` }];
  after.push(...gates);
  const limit = environment.rollout.maxDowntimeMs;
  if (limit !== undefined) after.push({ label: 'downtime', text: `limit ${downtime(limit)}, measured` });
  after.push({
    label: 'way back',
    text: wayBackText(wayBack, release),
  });
  return { type: 'preview', facts, table: { head: ['STAGE', 'HOSTS', 'WHAT', 'BECAUSE'], rows }, after };
}

function wayBackText(wayBack: Release | undefined, release: Release): string {
  if (wayBack === undefined) return 'none: nothing was ever confirmed here';
  const name = releaseName(wayBack);
  return sameRelease(wayBack, release)
    ? `none: ${name} itself is what was confirmed last`
    : `${name}, by itself if this fails`;
}

import { canonical, sha256 } from '../domain/canonical.ts';
import type { Environment } from '../domain/environment.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { timeless, type Plan, type PlanSubject, type Stage, type StageName } from '../domain/plan.ts';
import type { Driver, Target } from '../drivers/driver.ts';

const ORDER: readonly StageName[] = ['ship', 'pull', 'switch'];

export interface Planned {
  plan: Plan;
  /** What each host's release directory says, or will say. */
  manifests: Readonly<Record<string, Manifest>>;
}

/**
 * The change that brings every host to the target. Pure; the same change planned twice has the same hash, since
 * times, durations, disk, lock, ledger and container ids are no part of it (D2).
 */
export function planChange(
  driver: Driver,
  environment: Environment,
  target: Target,
  observed: readonly ObservedHost[],
): Planned {
  const perHost = observed.map((each) => driver.plan(environment, target, each));
  const changed = perHost.filter((each) => each.stages.length > 0);
  const stages: Stage[] = ORDER.flatMap((name) => {
    const parts = changed.flatMap((each) => each.stages.filter((stage) => stage.name === name));
    const [first] = parts;
    if (first === undefined) return [];
    return [
      {
        ...first,
        hosts: parts.flatMap((each) => each.hosts),
        what: joined(parts.map((stage) => stage.what)),
        because: joined(parts.map((stage) => stage.because)),
        steps: parts.flatMap((each) => each.steps),
      },
    ];
  });
  const hosts = changed.map((each) => each.host).sort();
  const manifests = Object.fromEntries(perHost.map((each) => [each.host, each.manifest]));
  const subject = subjectOf(environment, target, observed, hosts, stages);
  const hash = sha256(canonical(subject));
  const { name } = environment;
  return { plan: { environment: name, release: target.release, hosts, stages, subject, hash }, manifests };
}

function joined(texts: readonly string[]): string {
  return [...new Set(texts)].join('; ');
}

function subjectOf(
  environment: Environment,
  target: Target,
  observed: readonly ObservedHost[],
  hosts: readonly string[],
  stages: readonly Stage[],
): PlanSubject {
  const serves = observed.map((each) => ({
    host: each.host,
    containers: each.containers
      .map(({ service, image, digests }) => ({ service, image, digests: [...digests].sort() }))
      .sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)),
  }));
  return {
    environment: environment.name,
    hosts,
    images: target.release.images,
    files: target.files,
    serves,
    steps: stages.flatMap((stage) =>
      stage.steps.map((step) => ({ host: step.host, action: timeless(step.action) })),
    ),
  };
}

import { formatImage, type Release } from '../domain/release.ts';
import type { ExitCode } from '../domain/exit.ts';
import type { Serving } from '../domain/serving.ts';
import type { Told } from './told.ts';

/** What `--json` says of a deployment (screens.md, 21). Times are RFC 3339, durations whole milliseconds. */
export function tellJson(told: Told, after: readonly Serving[], exit: ExitCode): object {
  const { plan, environment, proof, downtime, durations, before } = told;
  const previous = before[0]?.release;
  return {
    outcome: told.outcome,
    exit,
    environment: environment.name,
    deployment: told.deployment,
    actor: told.actor,
    plan: plan.hash,
    ...(told.resumed === undefined ? {} : { resumed: told.resumed }),
    release: releaseJson(plan.release),
    ...(previous === undefined
      ? {}
      : { previous: { version: previous.version, tag: previous.tag, commit: previous.commit } }),
    serves: [
      ...after.map((serving) => ({
        host: serving.host,
        version: serving.release?.version ?? null,
        ...seen(told, serving.host),
      })),
      ...told.sight.unseen.map(({ name }) => ({ host: name, version: null })),
    ],
    ...(exit === 0 ? {} : { safe: safeWord(told) }),
    failed: [...(told.firstProof?.findings ?? []), ...(proof?.findings ?? [])].filter(
      (each) => each.state !== 'passed',
    ),
    ...(told.failure === undefined ? {} : { reason: told.failure.text }),
    ...(told.stoppedBy === undefined ? {} : { stoppedBy: told.stoppedBy }),
    ...(downtime === undefined
      ? {}
      : {
          downtime: {
            ms: downtime.ms,
            ...(environment.rollout.maxDowntimeMs === undefined
              ? {}
              : { limitMs: environment.rollout.maxDowntimeMs }),
            probes: downtime.probes,
            probesFailed: downtime.failed,
          },
        }),
    durationsMs: durations,
  };
}

export function releaseJson(release: Release): object {
  const images = Object.entries(release.images).map(([service, image]) => [service, formatImage(image)]);
  return {
    version: release.version,
    tag: release.tag,
    commit: release.commit,
    images: Object.fromEntries(images) as object,
  };
}

function seen(told: Told, host: string): object {
  const observed = told.sight.seen.find((each) => each.host.name === host)?.observed;
  const own = told.proof?.findings.filter((each) => each.host === host) ?? [];
  return {
    ...(observed === undefined ? {} : { seenAt: new Date(observed.at).toISOString() }),
    ...(own.length === 0
      ? {}
      : { checks: { passed: own.filter((each) => each.state === 'passed').length, of: own.length } }),
  };
}

function safeWord(told: Told): 'yes' | 'no' | 'not-known' {
  if (told.sight.unseen.length > 0) return 'not-known';
  if (told.proof?.whole === true) return 'yes';
  // A first deployment that failed has nothing to go back to.
  if (told.outcome === 'failed' && told.restored === undefined) return 'no';
  return told.proof?.findings.some((each) => each.state === 'failed') === true ? 'no' : 'not-known';
}

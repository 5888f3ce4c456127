import { leaseOf } from '../domain/locked.ts';
import type { EnvironmentStatus } from '../domain/reports.ts';
import { releaseJson } from './tell-json.ts';

/** An environment's status for machines: whole digests, RFC 3339, milliseconds. */
export function statusJson(status: EnvironmentStatus): object {
  const { entry, unsettled, recorded } = status;
  const running = status.hosts.some(
    ({ observed }) => observed !== undefined && leaseOf(observed) !== undefined,
  );
  return {
    environment: status.name,
    ...(recorded === undefined ? {} : { release: releaseJson(recorded) }),
    ...(entry === undefined
      ? {}
      : { outcome: entry.outcome, deployment: entry.deployment, at: entry.at, by: entry.actor }),
    ...(unsettled === undefined
      ? {}
      : {
          unfinished: {
            deployment: unsettled.entry.deployment,
            version: unsettled.entry.release?.version,
            at: unsettled.entry.at,
            ...(running ? { running } : { ended: unsettled.text }),
          },
        }),
    ...(status.closed === undefined ? {} : { closed: status.closed.map((each) => each.gate) }),
    ...(status.asked === undefined
      ? {}
      : { asked: { plan: status.asked.plan, by: status.asked.actor.name, url: status.asked.request?.url } }),
    drift: status.drift.map((drift) => drift.text),
    hosts: status.hosts.map(({ name, serving, observed, health, error }) => ({
      host: name,
      health,
      version: serving?.release?.version ?? null,
      ...(error === undefined ? {} : { why: error.message, code: error.code }),
      ...(observed === undefined
        ? {}
        : {
            seenAt: new Date(observed.at).toISOString(),
            skewMs: observed.skewMs,
            disk: observed.disk,
            lock: observed.lock ?? null,
            freeze: observed.freeze ?? null,
            containers: observed.containers,
          }),
    })),
  };
}

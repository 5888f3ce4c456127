import { checksFor } from '../checks/index.ts';
import type { Environment } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import { count, foldHosts } from '../domain/names.ts';
import type { Release } from '../domain/release.ts';
import { servingName, servingOf } from '../domain/serving.ts';
import { runChecks } from '../engine/check.ts';
import type { SeenHost, Sight } from './observe.ts';
import type { World } from './world.ts';

export interface Proof {
  findings: readonly Finding[];
  passed: number;
  of: number;
  /** Every host was seen, and every check passed. */
  whole: boolean;
}

export interface ProveOptions {
  /** Milliseconds by host, as measured during the switch. */
  downtime?: ReadonlyMap<string, number>;
  /** Checks that end early when the operator wants to stop. */
  signal: AbortSignal;
  /** Going back is one stage to a person: the checks are told as a part of it. */
  within?: string;
}

/** Runs every check of the environment against what was just observed, on every host in parallel. */
export async function prove(
  world: World,
  environment: Environment,
  sight: Sight,
  release: Release,
  options: ProveOptions,
): Promise<Proof> {
  const start = world.clock.now();
  if (options.within === undefined)
    world.reporter.event({ type: 'stage', name: 'verify', mark: 'busy', text: 'all checks' });
  const perHost = await Promise.all(
    sight.seen.map((seen) => proveHost(world, environment, seen, release, options)),
  );
  const findings = perHost.flat();
  const passed = findings.filter((finding) => finding.state === 'passed').length;
  const whole = passed === findings.length && sight.unseen.length === 0 && findings.length > 0;
  const away =
    sight.unseen.length === 0 ? '' : `; ${foldHosts(sight.unseen.map((each) => each.name))} was not seen`;
  const text = `${passed} of ${count(findings.length, 'check')} on ${count(sight.seen.length, 'host')}${away}`;
  const mark = whole ? 'ok' : findings.some((finding) => finding.state === 'failed') ? 'fail' : 'warn';
  const ms = world.clock.now() - start;
  if (options.within === undefined) world.reporter.event({ type: 'stage', name: 'verify', mark, text, ms });
  return { findings, passed, of: findings.length, whole };
}

async function proveHost(
  world: World,
  environment: Environment,
  { host, observed }: SeenHost,
  release: Release,
  { downtime, signal, within }: ProveOptions,
): Promise<readonly Finding[]> {
  const start = world.clock.now();
  const downtimeMs = downtime?.get(host.name);
  const manifest = observed.current;
  const checks = checksFor({
    environment,
    release,
    observed,
    ...(manifest === undefined ? {} : { manifest }),
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
  });
  const findings = await runChecks({ ...world, signal }, environment, host, checks);
  const bad = findings.filter((finding) => finding.state !== 'passed');
  const count = `${findings.length - bad.length} of ${findings.length} checks`;
  const down = downtimeMs === undefined ? '' : `, ${(downtimeMs / 1000).toFixed(1)}s down`;
  world.reporter.event({
    type: 'item',
    stage: within ?? 'verify',
    name: host.name,
    mark: bad.length === 0 ? 'ok' : bad.some((finding) => finding.state === 'failed') ? 'fail' : 'warn',
    serves: servingName(servingOf(observed, Object.keys(release.images))),
    text: bad[0] === undefined ? `${count}${down}` : `${count}: ${bad[0].check}: ${bad[0].text}`,
    ms: world.clock.now() - start,
  });
  return findings;
}

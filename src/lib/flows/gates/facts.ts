import type { Standing } from '../../domain/approval.ts';
import { splitLedger, verifyChain, type Chain } from '../../domain/chain.ts';
import { relationOf } from '../../domain/copies.ts';
import type { Config, Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import { isUnknown, type Known, type PastDeployment, type Policy } from '../../domain/policy.ts';
import { formatImage, type Digest, type Release } from '../../domain/release.ts';
import type { DeployFacts } from '../../gates/deploy/gate.ts';
import type { GitHub } from '../../ports.ts';
import type { Change } from '../change.ts';
import { driftOf } from '../drift.ts';
import { environmentNamed } from '../environments.ts';
import { fullLedger } from '../full-ledger.ts';
import { cameToNothing, lastConfirmed, newestLedger, provedReleases } from '../history.ts';
import { observeAll, requireAny, type SeenHost } from '../observe.ts';
import type { World } from '../world.ts';
import type { Rules } from './policy.ts';

const HOLIDAYS_AHEAD_DAYS = 400;

export interface Gathering {
  world: World;
  change: Pick<Change, 'environment' | 'plan' | 'target'>;
  seen: readonly SeenHost[];
  rules: Rules & { policy: Policy };
  /** How the approval stands; undefined if the policy wants none. */
  standing?: Known<Standing>;
}

/** Asks for everything that the gates of the policy judge by, at the same time; what can't be had is `unknown`. */
export async function gatherFacts(gathering: Gathering): Promise<DeployFacts> {
  const { world, change, seen, rules, standing } = gathering;
  const { policy } = rules;
  const { environment, plan } = change;
  const { release } = plan;
  const [lines, ledger, holidays, elsewhere, incidents, checks, branch, released] = await Promise.all([
    fullLedger(seen),
    ledgerOf(seen),
    holidaysOf(world, policy),
    policy.promotedFrom === undefined
      ? undefined
      : provedIn(world, rules.config, policy.promotedFrom.environment),
    policy.incidents === undefined ? undefined : incidentsOf(world, policy.incidents),
    policy.without.includes('checks') ? undefined : checksOf(world, rules.config, release, policy),
    policy.without.includes('branch') ? undefined : branchOf(world, rules.config, release),
    policy.without.includes('immutable') ? { digests: {} } : releasedDigests(world, release),
  ]);
  const recorded = lastConfirmed(newestLedger(seen.map((each) => each.observed.ledger)))?.release;
  const observed = seen.map((each) => each.observed);
  return {
    now: world.clock.now(),
    zone: world.zone,
    environment: environment.name,
    policy,
    release,
    plan: plan.hash,
    holidays,
    deployments: pastDeployments(lines),
    ledger,
    drift: driftOf(environment.name, observed, recorded, lines).map((each) => each.text),
    ...(recorded === undefined ? {} : { recorded }),
    images: imagesOf(change, isUnknown(released) ? {} : released.digests),
    ...(isUnknown(released) ? { manifest: released } : {}),
    disk: diskOf(change, seen),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(incidents === undefined ? {} : { incidents }),
    ...(checks === undefined ? {} : { checks }),
    ...(branch === undefined ? {} : { branch }),
    ...(standing === undefined ? {} : { approvals: standing }),
  };
}

/** What it gives, or why it could not be had. */
export async function known<T>(ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HdError) return { unknown: error.message };
    throw error;
  }
}

async function withGitHub<T>(world: World, ask: (github: GitHub) => Promise<T>): Promise<Known<T>> {
  const github = await known(() => world.github());
  if (github === undefined) return { unknown: 'hd.yml names no repository on GitHub' };
  return isUnknown(github) ? github : known(() => ask(github));
}

export async function holidaysOf(world: World, { window }: Policy): Promise<DeployFacts['holidays']> {
  const country = window?.holidays;
  if (window === undefined || country === undefined) return [];
  return world.holidays(country, { from: world.clock.now(), days: HOLIDAYS_AHEAD_DAYS, zone: window.zone });
}

/** Deployments that began to change something, newest first. */
export function pastDeployments(lines: readonly LedgerLine[]): PastDeployment[] {
  const idle = new Set(lines.flatMap(({ entry }) => (cameToNothing(entry) ? [entry.deployment] : [])));
  const first = new Map<string, number>();
  for (const { entry } of lines) {
    const { deployment, kind, verb, at } = entry;
    if (kind !== 'started' || verb !== 'deploy' || deployment === undefined || idle.has(deployment)) continue;
    if (!first.has(deployment)) first.set(deployment, Date.parse(at));
  }
  return [...first].map(([deployment, at]) => ({ deployment, at })).reverse();
}

async function ledgerOf(seen: readonly SeenHost[]): Promise<DeployFacts['ledger']> {
  const copies = await Promise.all(
    seen.map(async ({ host }) => {
      const { texts } = splitLedger((await host.records('ledger')).ledger);
      return { host: host.name, chain: verifyChain(texts) };
    }),
  );
  const problems = copies.flatMap(({ host, chain }) =>
    chain.flaw === undefined ? [] : [`${host}: ${chain.flaw.text}`],
  );
  const whole = copies.filter(({ chain }) => chain.flaw === undefined);
  const [main] = whole.toSorted((a, b) => b.chain.lines.length - a.chain.lines.length);
  if (main === undefined) return { entries: 0, problems };
  for (const { host, chain } of whole)
    if (relationOf(chain, main.chain).kind === 'fork')
      problems.push(`${host} and ${main.host} tell two stories; see them with hd audit verify`);
  const head = headOf(main.chain);
  return { entries: main.chain.lines.length, problems, ...(head === undefined ? {} : { head }) };
}

function headOf({ lines }: Chain): string | undefined {
  return lines.at(-1)?.hash;
}

function imagesOf(
  { plan }: Gathering['change'],
  released: Readonly<Record<string, Digest>>,
): DeployFacts['images'] {
  return Object.entries(plan.release.images).map(([service, image]) => {
    const digest = released[service];
    return { service, reference: formatImage(image), ...(digest === undefined ? {} : { released: digest }) };
  });
}

/** The digests that were written down when the version was released: its manifest on GitHub. */
async function releasedDigests(
  world: World,
  { tag }: Release,
): Promise<Known<{ digests: Readonly<Record<string, Digest>> }>> {
  return known(async () => {
    const github = await world.github();
    const published = tag === undefined ? undefined : await github?.release(tag);
    const text = published && (await github?.readAsset(published, 'manifest.json'));
    return { digests: text === undefined ? {} : digestsIn(text) };
  });
}

function digestsIn(manifest: string): Readonly<Record<string, Digest>> {
  try {
    const { images = {} } = JSON.parse(manifest) as { images?: Record<string, { digest?: Digest }> };
    return Object.fromEntries(
      Object.entries(images).flatMap(([name, { digest }]) => (digest ? [[name, digest]] : [])),
    );
  } catch {
    return {};
  }
}

function diskOf({ plan, target }: Gathering['change'], seen: readonly SeenHost[]): DeployFacts['disk'] {
  const bytes = [...target.layers.values()].reduce((sum, each) => sum + each, 0);
  const pulls = new Set(plan.stages.filter((stage) => stage.name === 'pull').flatMap((stage) => stage.hosts));
  return seen.map(({ observed }) => ({
    host: observed.host,
    pullBytes: pulls.has(observed.host) ? bytes : 0,
    freeBytes: observed.disk.freeBytes,
  }));
}

/** What was proved in the environment that releases come from: its hosts' own ledger says it. */
function provedIn(
  world: World,
  config: Config,
  name: string,
): Promise<Exclude<DeployFacts['elsewhere'], undefined>> {
  return known(async () => {
    const source: Environment = environmentNamed(config, name);
    const seen = requireAny(await observeAll(world, source));
    return provedReleases(await fullLedger(seen));
  });
}

function incidentsOf(
  world: World,
  { label, withinMs }: NonNullable<Policy['incidents']>,
): Promise<NonNullable<DeployFacts['incidents']>> {
  return withGitHub(world, async (github) => {
    const since = withinMs === undefined ? undefined : world.clock.now() - withinMs;
    const [open, all] = await Promise.all([
      github.issues({ labels: [label], state: 'open' }),
      since === undefined ? [] : github.issues({ labels: [label], state: 'all', since }),
    ]);
    return { open, recent: all.filter((each) => since !== undefined && each.at >= since) };
  });
}

function checksOf(
  world: World,
  config: Config,
  release: Release,
  policy: Policy,
): Promise<NonNullable<DeployFacts['checks']>> {
  return withGitHub(world, async (github) => {
    const { branch, workflow } = config.release;
    const [checks, required] = await Promise.all([
      github.checks(release.commit),
      github.requiredChecks(branch),
    ]);
    return {
      // The run that deploys reports on the same commit: it can't be green before it has deployed.
      checks: checks.filter((check) => check.workflow === undefined || !deploysWith(config, check.workflow)),
      required: [...new Set([...required, ...policy.requiredChecks])].filter((name) => name !== workflow),
    };
  });
}

/** Whether the workflow is one that hd dispatches. */
function deploysWith(config: Config, workflow: string): boolean {
  return Object.values(config.environments).some(
    ({ github }) => github?.workflow === workflow || github?.rollbackWorkflow === workflow,
  );
}

function branchOf(
  world: World,
  config: Config,
  release: Release,
): Promise<NonNullable<DeployFacts['branch']>> {
  return withGitHub(world, async (github) => {
    const name = config.release.branch;
    const head = await github.branchHead(name);
    if (head === undefined) return { name, head: '', contains: false };
    if (head === release.commit) return { name, head, contains: true };
    const { status } = await github.compare(release.commit, head);
    return { name, head, contains: status === 'ahead' || status === 'identical' };
  });
}

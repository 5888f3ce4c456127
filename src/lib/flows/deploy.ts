import type { Environment } from '../domain/environment.ts';
import { HdError, UsageError, withHeadline } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { repositoryText } from '../domain/environment.ts';
import { leaseOf } from '../domain/locked.ts';
import { requireLogins } from '../domain/registry-login.ts';
import { requireOwnPlace } from '../domain/same-place.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { drivers } from '../drivers/index.ts';
import { requireTokens } from '../engine/check.ts';
import type { Answer } from './answer.ts';
import { agreeAndCarryOut } from './agree.ts';
import type { AgreeRequest } from './agree-request.ts';
import type { Change } from './change.ts';
import { orAgain } from './carry-out.ts';
import { environmentNamed } from './environments.ts';
import { requireLedgers } from './full-ledger.ts';
import { rulesAhead, rulesOf, type Rules } from './gates/policy.ts';
import { lastConfirmed, lastFinished, newestLedger, sameRelease, unsettled } from './history.ts';
import { requireFree } from './locked.ts';
import { recordRefusal } from './refusal.ts';
import { observeAll, requireAll, type SeenHost, type Sight } from './observe.ts';
import { requireSettled } from './settled.ts';
import { planChange } from './plan.ts';
import { releaseJson } from './tell-json.ts';
import { resolveOthers, resolveTarget, wantedName, type ResolvedTarget, type Wanted } from './target.ts';
import { followUnderWay } from './via/index.ts';
import type { World } from './world.ts';

export interface DeployRequest extends AgreeRequest {
  environment: string;
  wanted: Wanted;
  /** For the ledger: where it comes from. */
  evidence?: readonly string[];
}

/** `hd deploy ENV --tag v1.4.0`: observe, check, plan, confirm, and carry it out. */
export async function deploy(world: World, request: DeployRequest): Promise<Answer> {
  const environment = environmentNamed(world.config, request.environment);
  if (request.wanted.worktree && environment.production) {
    throw new UsageError(
      `${environment.name} is a production environment: --worktree is never for one`,
      undefined,
      {
        next: [{ command: deployCommand(environment, request.wanted) }],
      },
    );
  }
  requireOwnPlace(environment, world.config);
  requireTokens(environment, world.env);
  requireLogins(world.config.registries, world.env);
  const [looked, actor] = await Promise.all([
    look(world, environment, request),
    request.announced ?? announce(world, `deploy ${wantedName(request.wanted)} to ${environment.name}`),
  ]);
  const doing = { actor, purpose: `deploy ${wantedName(request.wanted)}` };
  if (!request.dryRun && (request.via ?? environment.via) === 'workflow') {
    const under = { environment, seen: looked.seen, wait: request.gates.wait, purpose: doing.purpose };
    const running = await followUnderWay(world, under);
    if (running !== undefined) return running;
  }
  const waited = !request.dryRun && (await requireFree(world, environment, looked.seen, doing));
  const now = waited ? await look(world, environment, request) : looked;
  const { seen } = now;
  requireLedgers(seen);
  requireSettledUnlessHeld(world, environment, seen);
  const planned = await changeFor(world, environment, request.wanted, now, actor);
  const change = request.evidence === undefined ? planned : { ...planned, evidence: request.evidence };
  const { plan } = change;
  if (plan.stages.length === 0 && isConfirmed(seen, change)) return noChange(environment, seen, change);
  const again = (next: DeployRequest): Promise<Answer> =>
    deploy(world, { ...next, announced: Promise.resolve(actor) });
  const done = agreeAndCarryOut(world, request, { change, ...now }, again);
  return orAgain(world, done, () => again(request));
}

/** What a deployment of the release would do to these hosts. */
export async function changeFor(
  world: World,
  environment: Environment,
  wanted: Wanted,
  { resolved, seen }: Looked,
  actor: Change['actor'],
): Promise<Change> {
  const observed = seen.map((each) => each.observed);
  const target = { ...resolved, target: await resolveOthers(world, resolved.target, observed) };
  const { plan } = planChange(drivers.compose, environment, target.target, observed);
  const driver = drivers.compose;
  const worktree = wanted.worktree ? { worktree: true as const } : {};
  return { verb: 'deploy', environment, driver, target, plan, actor, ...worktree };
}

/** One that is at work is not left behind: who holds the lock is said then. */
function requireSettledUnlessHeld(world: World, environment: Environment, seen: readonly SeenHost[]): void {
  const leases = seen.flatMap((each) => leaseOf(each.observed) ?? []);
  if (leases.some(({ holder }) => !world.isDead(holder))) return;
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  requireSettled(environment, seen, lines, Object.keys(world.config.images));
}

function isHeld(seen: readonly SeenHost[]): boolean {
  return seen.some(({ observed }) => leaseOf(observed) !== undefined);
}

function deployCommand(environment: Environment, wanted: Wanted): string[] {
  const { tag, commit } = 'release' in wanted ? wanted.release : { tag: undefined, commit: '', ...wanted };
  const which = tag === undefined ? ['--commit', commit] : ['--tag', tag];
  return ['hd', 'deploy', environment.name, ...which];
}

/** Header first: a person sees within 300 ms what was understood. */
export async function announce(world: World, verb: string): Promise<Change['actor']> {
  const actor = await world.actor();
  world.reporter.event({ type: 'header', verb, parts: [repositoryText(world.config), actor.name] });
  return actor;
}

export interface Looked {
  resolved: ResolvedTarget;
  seen: readonly SeenHost[];
  rules: Promise<Rules>;
}

/** The release, the hosts and the rules, at the same time; what fails says what serves. */
export async function look(
  world: World,
  environment: Environment,
  { wanted, dryRun }: Pick<DeployRequest, 'wanted' | 'dryRun'>,
): Promise<Looked> {
  // The hosts first: ssh(1) says how to reach them while the other adapters are loaded.
  const looking = observeAll(world, environment);
  const rules = rulesAhead(rulesOf(world, environment));
  const [sight, resolving] = await Promise.all([
    looking,
    resolveTarget(world, environment, wanted).then(
      (resolved) => ({ resolved }),
      (error: unknown) => ({ error }),
    ),
  ]);
  const services = Object.keys(world.config.images);
  if ('error' in resolving) {
    if (!dryRun) await recordRefusal(world, environment, sight, wantedName(wanted), resolving.error);
    throw withServing(resolving.error, environment, services, sight);
  }
  const seen = requireAll(environment, services, sight);
  requireEnvFiles(environment, seen);
  return { resolved: resolving.resolved, seen, rules };
}

function withServing(
  error: unknown,
  environment: Environment,
  services: readonly string[],
  sight: Sight,
): unknown {
  if (!(error instanceof HdError) || error.exit === Exit.usage || error.headline !== undefined) return error;
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const serves = servesText(
    environment.name,
    servings,
    sight.unseen.map((each) => each.name),
  );
  return withHeadline(error, `${serves}; nothing was changed`);
}

function requireEnvFiles(environment: Environment, seen: readonly SeenHost[]): void {
  for (const { host, observed } of seen) {
    for (const { path, problem } of observed.envFiles) {
      if (problem === undefined) continue;
      const file = `${environment.directory}/${path}`;
      const missing = problem === 'missing';
      const command = missing ? ['install', '-m', '600', '/dev/null', file] : ['chmod', '600', file];
      throw new UsageError(
        `${file} on ${observed.host} ${missing ? 'is not there' : 'can be read by everybody'}`,
        undefined,
        {
          next: [
            {
              remark: missing ? 'make it, then fill it' : 'close it',
              command: host.shell.typed(command),
            },
          ],
        },
      );
    }
  }
}

/**
 * Containers that match are not enough: a deployment that was interrupted left them without proof, and a host that
 * was away has not heard of it.
 */
export function isConfirmed(seen: readonly SeenHost[], change: Change): boolean {
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const last = lastFinished(lines);
  const confirmed = lastConfirmed(lines);
  const heads = new Set(seen.map((each) => each.observed.ledger.head));
  if (heads.size > 1 || isHeld(seen) || unsettled(lines) !== undefined) return false;
  const proved = last?.outcome === 'confirmed' || last?.outcome === 'rolled-back';
  return proved && confirmed !== undefined && sameRelease(confirmed.release, change.plan.release);
}

export function noChange(environment: Environment, seen: readonly SeenHost[], change: Change): Answer {
  const { plan } = change;
  const services = Object.keys(plan.release.images);
  const servings = seen.map((each) => servingOf(each.observed, services));
  const deployments = [...new Set(seen.map((each) => each.observed.current?.deployment ?? ''))].join(', ');
  const at = new Date(Math.max(...seen.map((each) => each.observed.at)));
  return {
    made: { change, seen },
    exit: Exit.done,
    block: {
      facts: [
        { label: 'seen', text: `digests and files of ${deployments}, at ${at.toISOString().slice(11, 19)}Z` },
      ],
      verdict: {
        mark: 'ok',
        outcome: 'no change',
        headline: `${servesText(environment.name, servings)} already`,
        exit: Exit.done,
        rows: [{ label: 'see it', commands: [{ command: ['hd', 'verify', environment.name] }] }],
      },
    },
    json: {
      outcome: 'no-change',
      environment: environment.name,
      plan: plan.hash,
      release: releaseJson(plan.release),
      serves: servings.map((each) => ({ host: each.host, version: each.release?.version ?? null })),
    },
  };
}

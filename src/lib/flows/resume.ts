import { Exit } from '../domain/exit.ts';
import type { Environment } from '../domain/environment.ts';
import type { LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import { requireLogins } from '../domain/registry-login.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { drivers } from '../drivers/index.ts';
import { requireTokens } from '../engine/check.ts';
import { agreeAndCarryOut } from './agree.ts';
import type { AgreeRequest } from './agree-request.ts';
import type { Answer } from './answer.ts';
import { closeLeft } from './approval/index.ts';
import { backTarget } from './back.ts';
import type { Change, Resumes } from './change.ts';
import { orAgain } from './carry-out.ts';
import { announce, deploy } from './deploy.ts';
import { fullLedger, requireLedgers } from './full-ledger.ts';
import {
  confirmedReleases,
  requestedIn,
  sameRelease,
  unsettled,
  type Confirmed,
  type Unsettled,
} from './history.ts';
import { requireFree } from './locked.ts';
import { observeAll, requireAll, type SeenHost } from './observe.ts';
import { planChange } from './plan.ts';
import { rollback } from './rollback.ts';
import { stoppedText } from './stopped.ts';
import { resolveOthers } from './target.ts';
import { warnTokens } from './tokens.ts';
import { followUnderWay } from './via/index.ts';
import type { World } from './world.ts';

export interface ResumeRequest extends AgreeRequest {
  environment: Environment;
}

/**
 * `hd resume [ENV]`: brings a deployment that has no good end to its own, from what is there now: observe again, plan
 * again. One that had begun to go back goes on going back. Without one it has nothing to do, which is a success.
 */
export async function resume(world: World, request: ResumeRequest): Promise<Answer> {
  const { environment } = request;
  const services = Object.keys(world.config.images);
  const [sight, actor] = await Promise.all([
    observeAll(world, environment),
    announce(world, `resume ${environment.name}`),
  ]);
  const seen = requireAll(environment, services, sight);
  const running = request.dryRun
    ? undefined
    : await followUnderWay(world, { environment, seen, wait: request.gates.wait });
  if (running !== undefined) return running;
  const lines = await fullLedger(seen);
  const open = unsettled(lines);
  if (open === undefined) {
    const entry = requestedIn(lines, world.clock.now());
    if (entry !== undefined) return goOn(world, request, entry);
    if (!request.dryRun) await closeLeft(world, lines);
    return nothingLeft(environment, seen, services);
  }
  const leave = { expiry: true };
  const doing = { actor, purpose: `resume ${open.started.deployment ?? ''}` };
  // Whoever had the lock may have brought it to its end meanwhile.
  if (!request.dryRun && (await requireFree(world, environment, seen, doing, leave)))
    return resume(world, request);
  const { started } = open;
  const { release, deployment } = started;
  if (release === undefined || deployment === undefined)
    throw new TypeError('a deployment without a release');
  const back = backOf(open, release, lines);
  const verb = started.verb === 'rollback' ? 'rollback' : 'deploy';
  if (verb === 'rollback' || back !== undefined) warnTokens(world, environment);
  else {
    requireTokens(environment, world.env);
    requireLedgers(seen);
    requireLogins(world.config.registries, world.env);
  }
  const what = verb === 'rollback' ? `roll back ${environment.name} to` : 'deploy';
  const to = back === undefined ? releaseName(release) : releaseName(back.restored.release);
  const story =
    back === undefined
      ? `${what} ${to}${verb === 'deploy' ? ` to ${environment.name}` : ''}`
      : `go back to ${to} on ${environment.name}`;
  const at = await stoppedText(seen, deployment);
  const stopped = at === undefined ? '' : `; it stopped ${at}`;
  world.reporter.event({ type: 'note', mark: 'idle', text: `${deployment}, ${story}${stopped}` });
  const goal: Confirmed = back?.restored ?? {
    release,
    deployment: started.files ?? deployment,
    at: started.at,
    by: started.actor.name,
  };
  // Its own files, as far as a host has them; else from the release's commit, or the working tree that it used.
  const sources = started.worktree === true ? () => world.worktree() : () => world.sources();
  const resolved = await backTarget({ ...world, sources }, environment, seen, goal);
  const observed = seen.map((each) => each.observed);
  const anew = resolved.target.deployment === DEPLOYMENT_MARK;
  const target = anew
    ? { ...resolved, target: await resolveOthers(world, resolved.target, observed) }
    : resolved;
  const { plan } = planChange(drivers.compose, environment, target.target, observed);
  const resumes: Resumes = {
    deployment,
    plan: started.plan,
    times: (started.resumed ?? 0) + 1,
    begun: open.last.begun ?? started.hosts,
    from: started.from ?? {},
    ...(back === undefined ? {} : { back }),
  };
  const change: Change = {
    verb,
    environment,
    driver: drivers.compose,
    target,
    plan,
    actor,
    leave,
    resumes,
    ...(started.leaves === undefined ? {} : { leaves: started.leaves }),
    ...(started.worktree === undefined ? {} : { worktree: true }),
  };
  const again = (next: ResumeRequest): Promise<Answer> => resume(world, next);
  const done = agreeAndCarryOut(world, request, { change, seen }, again);
  return orAgain(world, done, () => again(request));
}

/** It was already known to have failed: only the way back is finished. */
function backOf(open: Unsettled, failed: Release, lines: readonly LedgerLine[]): Resumes['back'] {
  const { back, last } = open;
  if (back === undefined) return undefined;
  const restored = confirmedReleases(lines).find((each) => sameRelease(each.release, back));
  if (restored === undefined) return undefined;
  return { failed, restored, reason: last.reason ?? `${releaseName(failed)} failed` };
}

/** What waited for approval, as it was asked for: the same release, and the same plan. */
function goOn(world: World, request: ResumeRequest, entry: LedgerEntry): Promise<Answer> {
  const { release, plan = '', verb } = entry;
  if (release === undefined) throw new TypeError('a request without a release');
  const { environment, ...rest } = request;
  const { tag, commit } = release;
  const name = releaseName(release);
  // What comes of it is asked for anew by the verb itself.
  const worktree = entry.worktree === true;
  const which =
    verb === 'rollback' ? ['--to', name] : tag === undefined ? ['--commit', commit] : ['--tag', tag];
  const typed = ['hd', verb, environment.name, ...which, ...(worktree ? ['--worktree'] : [])];
  const asked = { ...rest, typed, asked: true, expect: { hash: plan } };
  if (verb === 'rollback') return rollback(world, { ...asked, environment, to: name, interrupt: false });
  const wanted = tag === undefined ? { commit, worktree } : { tag, worktree };
  return deploy(world, { ...asked, environment: environment.name, wanted });
}

function nothingLeft(
  environment: Environment,
  seen: readonly SeenHost[],
  services: readonly string[],
): Answer {
  const servings = seen.map((each) => servingOf(each.observed, services));
  const serves = servesText(environment.name, servings);
  return {
    exit: Exit.done,
    block: {
      facts: [],
      verdict: {
        mark: 'ok',
        outcome: 'no change',
        headline: `${serves}; nothing was left unfinished`,
        exit: Exit.done,
        rows: [{ label: 'see it', commands: [{ command: ['hd', 'status', environment.name] }] }],
      },
    },
    json: {
      outcome: 'no-change',
      environment: environment.name,
      serves: servings.map((each) => ({ host: each.host, version: each.release?.version ?? null })),
    },
  };
}

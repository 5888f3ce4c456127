import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError, UsageError } from '../domain/errors.ts';
import { count, foldHosts, withoutHost } from '../domain/names.ts';
import { formatImage, releaseName, shortDigest, type Release } from '../domain/release.ts';
import type { WayBack } from '../domain/reports.ts';
import { servingOf } from '../domain/serving.ts';
import type { Next } from '../domain/verdict.ts';
import { parseVersion, tagOf } from '../domain/version.ts';
import { drivers } from '../drivers/index.ts';
import { agreeAndCarryOut } from './agree.ts';
import type { AgreeRequest } from './agree-request.ts';
import type { Answer } from './answer.ts';
import { backTarget } from './back.ts';
import type { Change } from './change.ts';
import { orAgain } from './carry-out.ts';
import { announce, isConfirmed, noChange } from './deploy.ts';
import {
  cameToNothing,
  confirmedReleases,
  lastFinished,
  newestLedger,
  rollbackChoice,
  sameRelease,
  unsettled,
  type Confirmed,
} from './history.ts';
import { fullLedger } from './full-ledger.ts';
import { rulesAhead, rulesOf } from './gates/policy.ts';
import { requireFree } from './locked.ts';
import { observeAll, requireAny, type SeenHost } from './observe.ts';
import { planChange } from './plan.ts';
import { warnTokens } from './tokens.ts';
import type { World } from './world.ts';

export interface RollbackRequest extends AgreeRequest {
  environment: Environment;
  /** A version or tag; without it D9 chooses. */
  to: string | undefined;
  /** Goes back although somebody holds the lock, who is asked to stop, or has stopped deployments by hand. */
  interrupt: boolean;
}

/** `hd rollback [ENV] [--to v1.3.2]`: no gate stops it, and it needs neither GitHub nor a registry (D9). */
export async function rollback(world: World, request: RollbackRequest): Promise<Answer> {
  const { environment } = request;
  const to = request.to === undefined ? undefined : tagOf(parseVersion(request.to));
  warnTokens(world, environment);
  const looking = observeAll(world, environment);
  const early = rulesAhead(rulesOf(world, environment));
  // GitHub, which says who this is, may be slow or gone: nothing waits for it.
  const [first, actor] = await Promise.all([
    looking,
    request.announced ?? announce(world, `roll back ${environment.name}`),
  ]);
  requireAny(first);
  const { name, proven, machine } = actor;
  const leave = request.interrupt
    ? { urgent: true, interrupt: { actor: name, proven, machine } }
    : { expiry: true };
  let confirm = (of: Environment, text: string): Promise<void> => request.confirm(of, text);
  const agree = async (text: string): Promise<void> => {
    await confirm(environment, text);
    confirm = () => Promise.resolve();
  };
  const doing = { actor, purpose: `rollback ${to ?? ''}`.trim() };
  const options = { ...leave, ...(request.interrupt ? { agree } : {}) };
  const waited = !request.dryRun && (await requireFree(world, environment, first.seen, doing, options));
  const sight = waited ? await observeAll(world, environment) : first;
  const rules = waited ? rulesAhead(rulesOf(world, environment)) : early;
  requireAny(sight);
  for (const { name, error } of sight.unseen) {
    world.reporter.event({
      type: 'note',
      mark: 'warn',
      text: `${name} does not answer and is left as it is: ${withoutHost(name, error.message)}`,
    });
  }
  const current = currentRelease(world, sight.seen);
  // Who stops a deployment that has switched nothing yet wants to keep what serves.
  const kept = request.interrupt && waited && stoppedInTime(sight.seen);
  const chosen = await choose(environment, sight.seen, kept ? undefined : current, to);
  const target = await backTarget(world, environment, sight.seen, chosen);
  const { plan } = planChange(
    drivers.compose,
    environment,
    target.target,
    sight.seen.map((each) => each.observed),
  );
  const change: Change = {
    verb: 'rollback',
    environment,
    driver: drivers.compose,
    target,
    plan,
    actor,
    away: sight.unseen,
    leave,
    ...throughFreeze(sight.seen),
    ...(current === undefined || sameRelease(current, chosen.release) ? {} : { leaves: current }),
  };
  const there = plan.stages.length === 0 && sight.unseen.length === 0 && isConfirmed(sight.seen, change);
  if (there) return noChange(environment, sight.seen, change);
  const again = (next: RollbackRequest): Promise<Answer> =>
    rollback(world, { ...next, announced: Promise.resolve(actor) });
  const done = agreeAndCarryOut(world, { ...request, confirm }, { change, seen: sight.seen, rules }, again);
  return orAgain(world, done, () => again(request));
}

/** The deployment that was just asked to stop came to nothing. */
function stoppedInTime(seen: readonly SeenHost[]): boolean {
  const last = lastFinished(newestLedger(seen.map((each) => each.observed.ledger)));
  return last?.stoppedBy !== undefined && cameToNothing(last);
}

/** `--interrupt`: the ledger says that deployments were stopped by hand, and that this one went on. */
function throughFreeze(seen: readonly SeenHost[]): Pick<Change, 'evidence'> {
  const freeze = seen.map((each) => each.observed.freeze).find((each) => each !== undefined);
  if (freeze === undefined) return {};
  return { evidence: [`went through the freeze of ${freeze.actor} (${freeze.why}), with --interrupt`] };
}

/** What serves; undefined if nothing known does, or two releases do: then what was confirmed last is gone back to. */
function currentRelease(world: World, seen: readonly SeenHost[]): Release | undefined {
  const services = Object.keys(world.config.images);
  const releases = seen.flatMap((each) => servingOf(each.observed, services).release ?? []);
  const [first] = releases;
  return first !== undefined && releases.every((each) => sameRelease(each, first)) ? first : undefined;
}

async function choose(
  environment: Environment,
  seen: readonly SeenHost[],
  current: Release | undefined,
  to: string | undefined,
): Promise<Confirmed> {
  const lines = await fullLedger(seen);
  const list = {
    remark: 'see what one can go back to',
    command: ['hd', 'rollback', environment.name, '--list'],
  };
  if (to !== undefined) {
    const found = confirmedReleases(lines).find((each) => each.release.tag === to);
    if (found !== undefined) return found;
    throw new UsageError(`${to} was never confirmed on ${environment.name}`, undefined, { next: [list] });
  }
  const chosen = rollbackChoice(lines, current);
  if (chosen !== undefined) return chosen;
  const left = confirmedReleases(lines).find(
    (each) => current === undefined || !sameRelease(each.release, current),
  );
  if (left?.release.tag !== undefined) throw goneBackFrom(environment, left.release.tag, list);
  throw new HdError(
    'nothing-to-go-back-to',
    Exit.usage,
    `no earlier release was confirmed on ${environment.name}`,
    {
      next: [list],
    },
  );
}

/** It may be wanted all the same: by its name. */
function goneBackFrom({ name }: Environment, tag: string, list: Next): HdError {
  const command = ['hd', 'rollback', name, '--to', tag];
  return new HdError(
    'nothing-to-go-back-to',
    Exit.usage,
    `whatever else was confirmed on ${name} was gone back from`,
    { next: [{ remark: `to ${tag} all the same`, command }, list] },
  );
}

/** What one can go back to, newest first, and after it what was deployed and can't be gone back to, and why. */
export async function waysBack(
  world: World,
  environment: Environment,
): Promise<{ serves: Release | undefined; ways: readonly WayBack[] }> {
  const sight = await observeAll(world, environment);
  requireAny(sight);
  const lines = await fullLedger(sight.seen);
  const current = currentRelease(world, sight.seen);
  const chosen = rollbackChoice(lines, current);
  const confirmed = confirmedReleases(lines);
  // What serves may have been left by a deployment without a good end: then it is gone back to as well.
  const stays = unsettled(lines) === undefined ? current : undefined;
  const others = confirmed.filter((each) => stays === undefined || !sameRelease(each.release, stays));
  const ways = await Promise.all(others.map((each) => wayTo(world, sight.seen, each, chosen)));
  const failed = new Map<string, WayBack>();
  for (const { entry } of lines) {
    const { release } = entry;
    if (entry.kind !== 'finished' || entry.outcome === 'confirmed' || release === undefined) continue;
    if (confirmed.some((each) => sameRelease(each.release, release))) continue;
    const text = `failed here ${entry.at.slice(0, 10)}: ${entry.reason ?? entry.outcome ?? ''} (${entry.deployment ?? ''})`;
    failed.set(releaseName(release), {
      name: releaseName(release),
      image: '',
      chosen: false,
      possible: false,
      text,
    });
  }
  const impossible = [...failed.values()].reverse();
  return {
    serves: current,
    ways: [...ways.filter((each) => each.possible), ...ways.filter((each) => !each.possible), ...impossible],
  };
}

async function wayTo(
  world: World,
  seen: readonly SeenHost[],
  each: Confirmed,
  chosen: Confirmed | undefined,
): Promise<WayBack> {
  const images = Object.values(each.release.images);
  const missing = seen.filter(
    ({ observed }) => !images.every((image) => observed.images.includes(formatImage(image))),
  );
  const base = {
    name: releaseName(each.release),
    confirmedAt: each.at,
    image: images.map((image) => shortDigest(image.digest)).join(', '),
    chosen: chosen !== undefined && sameRelease(chosen.release, each.release),
  };
  if (missing.length === 0)
    return { ...base, possible: true, text: `on ${seen.length} of ${count(seen.length, 'host')}` };
  const where = foldHosts(missing.map((one) => one.host.name));
  const no = (text: string): WayBack => ({ ...base, chosen: false, possible: false, text });
  const registry = await world.registry();
  for (const image of images) {
    const name = shortDigest(image.digest);
    try {
      const found = await registry.resolve(image.repository, image.digest);
      if (found === undefined) return no(`image ${name} is neither on ${where} nor in its registry`);
    } catch (error) {
      if (!(error instanceof HdError)) throw error;
      return no(`image ${name} is not on ${where}; ${error.message}`);
    }
  }
  return { ...base, possible: true, text: `pull on ${where}` };
}

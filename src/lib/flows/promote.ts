import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError, UsageError } from '../domain/errors.ts';
import { releaseName } from '../domain/release.ts';
import { age } from '../domain/values.ts';
import type { AgreeRequest } from './agree-request.ts';
import type { Answer } from './answer.ts';
import { announce, deploy } from './deploy.ts';
import { driftOf } from './drift.ts';
import { environmentNamed } from './environments.ts';
import { fullLedger, requireLedgers } from './full-ledger.ts';
import { lastConfirmed, type Confirmed } from './history.ts';
import { observeAll, requireAll } from './observe.ts';
import type { World } from './world.ts';

export interface PromoteRequest extends AgreeRequest {
  from: string;
  to: string;
}

/**
 * `hd promote staging prod`: deploys to the second the digests that are confirmed in the first and run there, whatever
 * they are called by now (S1-30, T15).
 * @throws HdError exit 3 if nothing is confirmed there, or something else runs; exit 5 if the tag names another digest
 */
export async function promote(world: World, request: PromoteRequest): Promise<Answer> {
  const from = environmentNamed(world.config, request.from);
  const to = environmentNamed(world.config, request.to);
  if (from.name === to.name)
    throw new UsageError(`${from.name} is promoted to itself`, 'another environment to put it on');
  const announced = announce(world, `promote ${from.name} to ${to.name}`);
  const [confirmed] = await Promise.all([provedIn(world, from, to), announced]);
  const { release, deployment, at } = confirmed;
  const name = releaseName(release);
  const ago = age(world.clock.now() - Date.parse(at));
  const text = `${name} was confirmed on ${from.name} ${ago} ago, ${deployment}, and runs there`;
  world.reporter.event({ type: 'note', mark: 'ok', text });
  return deploy(world, {
    ...request,
    environment: to.name,
    wanted: { release, worktree: false },
    announced,
    evidence: [`promoted from ${from.name}, where it was confirmed ${at} (${deployment})`],
    doIt: ['hd', 'promote', from.name, to.name],
  });
}

/** What is confirmed there, if it is also what runs. */
async function provedIn(world: World, from: Environment, to: Environment): Promise<Confirmed> {
  const services = Object.keys(world.config.images);
  const seen = requireAll(from, services, await observeAll(world, from));
  requireLedgers(seen);
  const lines = await fullLedger(seen);
  const confirmed = lastConfirmed(lines);
  const headline = `nothing was promoted; ${to.name} was not touched`;
  if (confirmed === undefined)
    throw new HdError('nothing-confirmed', Exit.refused, `nothing is confirmed on ${from.name}`, {
      headline,
      next: [{ remark: 'first', command: ['hd', 'deploy', from.name, '--tag', 'TAG'] }],
    });
  const observed = seen.map((each) => each.observed);
  const [drift, ...more] = driftOf(from.name, observed, confirmed.release, lines).map((each) => each.text);
  if (drift !== undefined)
    throw new HdError('not-as-confirmed', Exit.refused, drift, {
      headline,
      facts: more.map((text) => ({ label: 'failed', text })),
      next: [{ command: ['hd', 'status', from.name] }],
    });
  return confirmed;
}

import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Plan, PlanSubject } from '../domain/plan.ts';
import { changesBetween, type NameOfDigest } from '../domain/plan-changes.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { driftOf } from './drift.ts';
import { lastConfirmed, lastFinished, newestLedger } from './history.ts';
import type { SeenHost } from './observe.ts';

/** At the most this many things that have changed are said; the rest is counted. */
const SHOWN = 8;

export interface Changed {
  environment: Environment;
  /** What was agreed to: its hash or the beginning of it, and what it covers, if that is known. */
  then: { hash: string; subject?: PlanSubject };
  now: Plan;
  /** As it was seen for the plan of now. */
  seen: readonly SeenHost[];
  /** Why else it may be another one. */
  why?: string;
}

/** The plan that was agreed to is no longer the plan (exit 8): what has changed, and who did it (screens.md, 6). */
export function changedError({ environment, then, now, seen, why }: Changed, code = 'plan-changed'): HdError {
  const { name } = environment;
  const changes =
    then.subject === undefined
      ? [`the plan is ${now.hash.slice(0, 12)} now`]
      : changesBetween(then.subject, now.subject, nameOfDigest(seen));
  const more = changes.length > SHOWN ? [`and ${changes.length - SHOWN} more`] : [];
  const [first, ...rest] = [...changes.slice(0, SHOWN), ...more, lastWord(environment, then, now, seen)];
  const servings = seen.map((each) => servingOf(each.observed, Object.keys(now.release.images)));
  return new HdError(code, Exit.locked, `plan ${then.hash.slice(0, 12)} is no longer the plan`, {
    outcome: 'changed',
    headline: servesText(name, servings),
    facts: [
      { label: 'seen', text: first, more: rest },
      ...(why === undefined ? [] : [{ label: 'why', text: why }]),
    ],
    next: [{ command: ['hd', 'status', name] }],
  });
}

/** Whether hd did it: then what runs is what its ledger says. */
function lastWord(
  { name }: Environment,
  { subject }: Changed['then'],
  now: Plan,
  seen: readonly SeenHost[],
): string {
  const nothing = 'nothing of the plan was begun';
  if (subject === undefined || JSON.stringify(subject.serves) === JSON.stringify(now.subject.serves))
    return nothing;
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const observed = seen.map((each) => each.observed);
  if (driftOf(name, observed, lastConfirmed(lines)?.release, lines).length > 0)
    return `hd did not do this; ${nothing}`;
  const last = lastFinished(lines);
  return last?.deployment === undefined
    ? nothing
    : `${last.deployment} of ${last.actor.name} did this; ${nothing}`;
}

/** By the releases that the hosts and their ledger know. */
function nameOfDigest(seen: readonly SeenHost[]): NameOfDigest {
  const names = new Map<string, string>();
  const know = (release: Release | undefined): void => {
    for (const image of Object.values(release?.images ?? {}))
      if (release !== undefined) names.set(image.digest, releaseName(release));
  };
  for (const { observed } of seen) {
    for (const { entry } of observed.ledger.lines) know(entry.release);
    for (const each of observed.releases) know(each.release);
  }
  return (digest) => names.get(digest);
}

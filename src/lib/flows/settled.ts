import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Environment } from '../domain/environment.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import { releaseName } from '../domain/release.ts';
import { servesText, servingName, servingOf, type Serving } from '../domain/serving.ts';
import { confirmedReleases, unsettled, type Unsettled } from './history.ts';
import type { SeenHost } from './observe.ts';

/**
 * A new deployment does not begin where another one has no good end.
 * @throws HdError exit 8 with the two ways on
 */
export function requireSettled(
  environment: Environment,
  seen: readonly SeenHost[],
  lines: readonly LedgerLine[],
  services: readonly string[],
): void {
  const open = unsettled(lines);
  const servings = seen.map((each) => servingOf(each.observed, services));
  if (open === undefined || onlyAnotherHelps(open, lines, servings)) return;
  const { name } = environment;
  const { deployment = '', release } = open.started;
  const what = release === undefined ? '' : `, ${releaseName(release)}`;
  throw new HdError('unfinished', Exit.locked, `${deployment}${what}, has no good end: ${endOf(open)}`, {
    outcome: 'unfinished',
    headline: `${servesText(name, servings)}; nothing was changed`,
    next: [
      { remark: finishText(open), command: ['hd', 'resume', name] },
      { remark: 'or go back', command: ['hd', 'rollback', name] },
    ],
  });
}

/**
 * Where the two ways on lead nowhere, another release is the way: nothing was ever confirmed that could be gone back
 * to; or going back failed, and either no two versions serve, or it was tried again and failed again.
 */
export function onlyAnotherHelps(
  { started, last }: Unsettled,
  lines: readonly LedgerLine[],
  servings: readonly Serving[],
): boolean {
  if (confirmedReleases(lines).length === 0) return true;
  if (last.kind !== 'finished' || last.outcome !== 'failed') return false;
  const triedAgain = started.verb === 'rollback' || started.resumed !== undefined;
  return triedAgain || new Set(servings.map(servingName)).size === 1;
}

/** What `hd resume` would do: a release that failed is not tried again. */
export function finishText({ started, back }: Unsettled): string {
  return back === undefined
    ? `finish ${started.deployment ?? 'it'}`
    : `finish going back to ${releaseName(back)}`;
}

/** How it ended, as far as anybody wrote it down. */
export function endOf({ last }: Unsettled): string {
  const at = `${last.at.slice(11, 19)}Z`;
  if (last.kind === 'finished') return `${last.outcome ?? ''} ${at}`;
  if (last.kind === 'going-back') return `it was going back ${at}, and left no last word`;
  if (last.kind === 'interrupted') return `interrupted ${at}`;
  return `started ${at}, and left no last word`;
}

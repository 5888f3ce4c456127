import { Exit, type ExitCode } from '../domain/exit.ts';
import { stopText } from '../domain/lock.ts';
import { releaseName, shortDigest, type Release } from '../domain/release.ts';
import { servesText, servingName, servingOf, type Serving } from '../domain/serving.ts';
import { downtime as seconds, duration } from '../domain/values.ts';
import type { Fact, Verdict } from '../domain/verdict.ts';
import type { Answer } from './answer.ts';
import { tellJson } from './tell-json.ts';
import {
  firstFailedRows,
  hostNext,
  hostRows,
  interruptedRows,
  resumeCommand,
  rollbackCommand,
  safe,
  see,
  undo,
} from './tell-rows.ts';
import type { Told } from './told.ts';

/** The end of a deployment in words: facts first, then what serves now, whether that is safe, and what next. */
export function tell(told: Told): Answer {
  const after = servingsOf(told);
  const exit = exitOf(told);
  const block = { facts: factsOf(told), verdict: verdictOf(told, after, exit) };
  return { block, json: tellJson(told, after, exit), exit };
}

function servingsOf(told: Told): readonly Serving[] {
  const services = Object.keys(told.plan.release.images);
  return told.sight.seen.map((each) => servingOf(each.observed, services));
}

/** Over several hosts the worst counts: 7, 9, 6 in that order (design.md, exit codes). */
function exitOf(told: Told): ExitCode {
  switch (told.outcome) {
    case 'confirmed':
      return Exit.done;
    case 'rolled-back':
      return Exit.rolledBack;
    case 'inconclusive':
      return Exit.inconclusive;
    case 'interrupted':
      if (told.lockLost !== true) return Exit.interrupted;
      return told.begun.size === 0 ? Exit.locked : Exit.inconclusive;
    case 'failed':
      return Exit.needsPerson;
  }
}

function factsOf(told: Told): Fact[] {
  const { failure, backFailure, plan, restored, proof, downtime, environment, durations } = told;
  const facts: Fact[] = [];
  const add = (label: string, text: string | undefined, rest: Omit<Fact, 'label' | 'text'> = {}): void => {
    if (text !== undefined && text !== '') facts.push({ label, text, ...rest });
  };
  if (failure !== undefined) {
    add('failed', failure.text, failure.more === undefined ? {} : { more: failure.more });
    facts.push(...failure.facts);
  }
  if (backFailure !== undefined) {
    add('and then', backFailure.text);
    facts.push(...backFailure.facts);
  }
  for (const { error } of told.sight.unseen) {
    const said = [failure?.text, backFailure?.text].some((text) => text?.includes(error.message) === true);
    if (!said) add('seen', error.message);
  }
  if (told.outcome === 'confirmed' || (told.outcome === 'inconclusive' && restored === undefined)) {
    add('changed', changedText(told));
    add('proven', proof === undefined ? undefined : `${proof.passed} of ${proof.of} checks`);
  }
  if (downtime !== undefined) {
    const limit = environment.rollout.maxDowntimeMs;
    const limited = limit === undefined ? '' : `; limit ${seconds(limit)}`;
    add(
      'downtime',
      `${seconds(downtime.ms)} (${downtime.failed} of ${downtime.probes} probes failed${limited})`,
    );
  }
  if (durations.serving !== undefined && durations.confirmed !== undefined) {
    add('time', `${duration(durations.serving)} to serving, ${duration(durations.confirmed)} to confirmed`);
  }
  if (told.stoppedBy !== undefined) add('why', stopText(told.stoppedBy));
  if (told.outcome === 'interrupted')
    add('lock', told.lockLost === true ? 'taken over by another' : 'released');
  if (told.outcome === 'rolled-back' && restored !== undefined && told.begun.size === 0) {
    add('affected', `nothing: no host was switched to ${releaseName(plan.release)}`);
  }
  const unrecorded = told.unrecorded ?? [];
  const times =
    told.resumed === undefined ? '' : `, resumed ${told.resumed === 1 ? 'once' : `${told.resumed} times`}`;
  const record = `${told.deployment}${times}, plan ${plan.hash.slice(0, 12)}, by ${told.actor.name}`;
  add('record', unrecorded.length === 0 ? record : `${record}; not written on ${unrecorded.join(', ')}`);
  return inOrder(facts);
}

/** Rule 5 of screens.md: what is not in its list stands where `seen` does. */
const ORDER = [
  'serves',
  'failed',
  'and then',
  'seen',
  'why',
  'affected',
  'changed',
  'proven',
  'downtime',
  'stays',
  'time',
  'lock',
  'record',
];

function inOrder(facts: readonly Fact[]): Fact[] {
  const rank = ({ label }: Fact): number => {
    const at = ORDER.indexOf(label);
    return at < 0 ? ORDER.indexOf('seen') : at;
  };
  return [...facts].sort((a, b) => rank(a) - rank(b));
}

function changedText(told: Told): string {
  const { plan, before } = told;
  const from = [
    ...new Set(told.from === undefined ? before.map(servingName) : Object.values(told.from)),
  ].join(', ');
  const images = Object.values(plan.release.images).map((image) => shortDigest(image.digest));
  if (plan.hosts.length === 0) return 'nothing; what served already was verified and confirmed';
  const to = releaseName(plan.release);
  return `${from === to ? `${to}, put there again` : `${from} → ${to}`}, image ${images.join(', ')}`;
}

function verdictOf(told: Told, after: readonly Serving[], exit: ExitCode): Verdict {
  const { environment, sight, outcome, restored, before } = told;
  const unseen = sight.unseen.map((each) => each.name);
  const serves = servesText(environment.name, after, unseen);
  const base = { exit, headline: serves };
  switch (outcome) {
    case 'confirmed':
      return { ...base, mark: 'ok', outcome, rows: [see(told), undo(told)] };
    case 'rolled-back': {
      const same = before.every(
        (each) =>
          each.release !== undefined && releaseName(each.release) === releaseName(restoredRelease(told)),
      );
      const next = `nothing is urgent; ${releaseName(told.plan.release)} is marked failed; why`;
      return {
        ...base,
        mark: 'warn',
        outcome,
        headline: same ? `${serves}, as before` : serves,
        rows: [
          safe(told),
          { label: 'next', commands: [{ remark: next, command: ['hd', 'history', environment.name] }] },
        ],
      };
    }
    case 'interrupted':
      return {
        ...base,
        mark: 'warn',
        outcome,
        headline: told.begun.size === 0 ? `${serves}; nothing was changed` : serves,
        rows: interruptedRows(told, after),
      };
    case 'inconclusive':
      return { ...base, mark: 'warn', outcome, rows: [safe(told), hostNext(told, resumeCommand(told))] };
    case 'failed':
      if (restored === undefined)
        return {
          ...base,
          mark: 'fail',
          outcome,
          headline: `${serves}; nothing was ever confirmed here to go back to`,
          rows: firstFailedRows(told),
        };
      return {
        ...base,
        mark: 'fail',
        outcome: 'ROLLBACK FAILED',
        headline: `${serves}: a person is needed now`,
        rows: [...hostRows(told), safe(told), hostNext(told, rollbackCommand(told))],
      };
  }
}

function restoredRelease(told: Told): Release {
  return told.restored?.release ?? told.plan.release;
}

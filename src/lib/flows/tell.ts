import { Exit, type ExitCode } from '../domain/exit.ts';
import { stopText } from '../domain/lock.ts';
import { count } from '../domain/names.ts';
import { releaseName, shortDigest, type Release } from '../domain/release.ts';
import { servesText, servingName, servingOf, type Serving } from '../domain/serving.ts';
import { downtime as seconds, duration } from '../domain/values.ts';
import type { Fact, Verdict, VerdictRow } from '../domain/verdict.ts';
import type { Answer } from './answer.ts';
import { tellJson } from './tell-json.ts';
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

function see({ environment }: Told): VerdictRow {
  return { label: 'see it', commands: [{ command: ['hd', 'status', environment.name] }] };
}

function undo({ environment, plan, previous, verb, leaves }: Told): VerdictRow {
  const label = 'undo it';
  if (verb === 'rollback' && leaves?.tag !== undefined) {
    return { label, commands: [{ command: ['hd', 'deploy', environment.name, '--tag', leaves.tag] }] };
  }
  const tag = previous?.tag;
  if (tag === undefined || tag === plan.release.tag) {
    return { label, text: `not possible: nothing else was confirmed on ${environment.name} before` };
  }
  return { label, commands: [{ command: ['hd', 'rollback', environment.name, '--to', tag] }] };
}

/** `yes` only for what was seen after the last effect, on every host (screens.md, rule 3). */
function safe(told: Told): VerdictRow {
  const { proof, sight } = told;
  const [unseen] = sight.unseen;
  if (unseen !== undefined) return { label: 'safe', text: `not known: ${unseen.name} was not seen` };
  if (proof?.whole === true)
    return { label: 'safe', text: `yes: ${proof.passed} of ${proof.of} checks passed, after the rollback` };
  const bad = proof?.findings.find((each) => each.state === 'failed');
  if (bad !== undefined) return { label: 'safe', text: `no: ${bad.host}: ${bad.check}: ${bad.text}` };
  return { label: 'safe', text: 'not known: what serves was not verified' };
}

function interruptedRows(told: Told, after: readonly Serving[]): VerdictRow[] {
  const { environment, plan, before, begun } = told;
  if (told.lockLost === true) {
    const safe = { label: 'safe', text: 'not known: another operator is at work' };
    const look = { label: 'next', commands: [{ command: ['hd', 'status', environment.name] }] };
    return begun.size === 0 ? [look] : [safe, look];
  }
  if (told.stoppedBy !== undefined) {
    const { actor } = told.stoppedBy;
    const safe = { label: 'safe', text: `not known: ${actor} goes back now` };
    const remark = 'nothing to do here; see';
    const look = { label: 'next', commands: [{ remark, command: ['hd', 'status', environment.name] }] };
    return begun.size === 0 ? [look] : [safe, look];
  }
  if (begun.size === 0)
    return [{ label: 'next', commands: [{ remark: 'when you want to go on', command: againCommand(told) }] }];
  const two = new Set(after.map(servingName)).size > 1;
  const text = two ? 'no: two versions serve' : `not known: ${releaseName(plan.release)} was not verified`;
  const tag = before.find((each) => each.release?.tag !== undefined)?.release?.tag;
  const back =
    tag === undefined ? [] : [{ remark: 'back', command: ['hd', 'rollback', environment.name, '--to', tag] }];
  return [
    { label: 'safe', text },
    {
      label: 'next',
      commands: [...back, { remark: `on to ${releaseName(plan.release)}`, command: resumeCommand(told) }],
    },
  ];
}

function resumeCommand({ environment }: Told): string[] {
  return ['hd', 'resume', environment.name];
}

function againCommand({ environment, plan, verb }: Told): string[] {
  const { tag, commit } = plan.release;
  if (verb === 'rollback')
    return ['hd', 'rollback', environment.name, ...(tag === undefined ? [] : ['--to', tag])];
  return ['hd', 'deploy', environment.name, ...(tag === undefined ? ['--commit', commit] : ['--tag', tag])];
}

function firstFailedRows(told: Told): VerdictRow[] {
  const { environment, plan } = told;
  return [
    {
      label: 'safe',
      text: `no: ${releaseName(plan.release)} was not proved, and there is no earlier release`,
    },
    {
      label: 'next',
      commands: [
        { remark: 'look at what is there', command: ['hd', 'status', environment.name] },
        { remark: 'once it is mended, a new release', command: ['hd', 'release', '--bump', 'patch'] },
      ],
    },
  ];
}

function hostRows(told: Told): VerdictRow[] {
  const services = Object.keys(told.plan.release.images);
  const { proof, sight } = told;
  const rows = sight.seen.map(({ observed }): VerdictRow => {
    const own = proof?.findings.filter((each) => each.host === observed.host) ?? [];
    const passed = own.filter((each) => each.state === 'passed').length;
    const checks = own.length === 0 ? 'not verified' : `${passed} of ${count(own.length, 'check')}`;
    return { label: observed.host, text: `${servingName(servingOf(observed, services))}   ${checks}` };
  });
  return [...rows, ...sight.unseen.map(({ name }): VerdictRow => ({ label: name, text: 'not known' }))];
}

function rollbackCommand({ environment, restored }: Told): string[] {
  const tag = restored?.release.tag;
  return ['hd', 'rollback', environment.name, ...(tag === undefined ? [] : ['--to', tag])];
}

/** @param again what to run once the cause is gone */
function hostNext({ sight }: Told, again: string[]): VerdictRow {
  const [unseen] = sight.unseen;
  const look =
    unseen === undefined
      ? []
      : [{ remark: `find out why ${unseen.name} does not answer`, command: askingWhy(unseen) }];
  return {
    label: 'next',
    commands: [...look, { remark: look.length === 0 ? 'once the cause is gone' : 'then', command: again }],
  };
}

/** As the host's own error has it: with the port, the user and the file of ssh's configuration that hd went by. */
function askingWhy({ name, error }: Told['sight']['unseen'][number]): readonly string[] {
  return (
    error.next.map(({ command }) => command).find(([program]) => program === 'ssh') ?? ['ssh', name, 'true']
  );
}

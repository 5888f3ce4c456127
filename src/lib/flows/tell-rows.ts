import { count } from '../domain/names.ts';
import { releaseName } from '../domain/release.ts';
import { servingName, servingOf, type Serving } from '../domain/serving.ts';
import type { VerdictRow } from '../domain/verdict.ts';
import type { Told } from './told.ts';

/** A row below the headline of a deployment's end, as the others here: is it safe, what next, how to undo it. */
export function see({ environment }: Told): VerdictRow {
  return { label: 'see it', commands: [{ command: ['hd', 'status', environment.name] }] };
}

export function undo({ environment, plan, previous, verb, leaves }: Told): VerdictRow {
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
export function safe(told: Told): VerdictRow {
  const { proof, sight } = told;
  const [unseen] = sight.unseen;
  if (unseen !== undefined) return { label: 'safe', text: `not known: ${unseen.name} was not seen` };
  if (proof?.whole === true)
    return { label: 'safe', text: `yes: ${proof.passed} of ${proof.of} checks passed, after the rollback` };
  const bad = proof?.findings.find((each) => each.state === 'failed');
  if (bad !== undefined) return { label: 'safe', text: `no: ${bad.host}: ${bad.check}: ${bad.text}` };
  return { label: 'safe', text: 'not known: what serves was not verified' };
}

export function interruptedRows(told: Told, after: readonly Serving[]): VerdictRow[] {
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

export function resumeCommand({ environment }: Told): string[] {
  return ['hd', 'resume', environment.name];
}

function againCommand({ environment, plan, verb }: Told): string[] {
  const { tag, commit } = plan.release;
  if (verb === 'rollback')
    return ['hd', 'rollback', environment.name, ...(tag === undefined ? [] : ['--to', tag])];
  return ['hd', 'deploy', environment.name, ...(tag === undefined ? ['--commit', commit] : ['--tag', tag])];
}

export function firstFailedRows(told: Told): VerdictRow[] {
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

export function hostRows(told: Told): VerdictRow[] {
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

export function rollbackCommand({ environment, restored }: Told): string[] {
  const tag = restored?.release.tag;
  return ['hd', 'rollback', environment.name, ...(tag === undefined ? [] : ['--to', tag])];
}

/** @param again what to run once the cause is gone */
export function hostNext({ sight }: Told, again: string[]): VerdictRow {
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

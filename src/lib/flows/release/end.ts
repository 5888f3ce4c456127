import type { Environment } from '../../domain/environment.ts';
import { Exit } from '../../domain/exit.ts';
import { duration } from '../../domain/values.ts';
import type { EndBlock, Fact, Next } from '../../domain/verdict.ts';
import { shortCommit } from '../../domain/version.ts';
import type { GateVerdict } from '../../gates/release/index.ts';
import { gateMarks } from '../../gates/gate.ts';
import { again, changes, instead, remains, type ReleaseState } from './state.ts';
import { nextPatch } from './version.ts';

/** Of every headline: releasing is not deploying. */
export const UNTOUCHED = 'no environment was touched';

/** Gates as rows, one each. */
export function gateRows(verdicts: readonly GateVerdict[]): Fact[] {
  return verdicts.map(({ gate, state, text, more }) => ({
    mark: gateMarks[state],
    label: gate,
    text,
    ...(more && { more }),
  }));
}

export function released(state: ReleaseState, environments: readonly Environment[], url: string): EndBlock {
  const { version = '', tag = '' } = state;
  const changed = changes(state);
  const to = rehearsal(environments);
  return {
    facts: [
      ...(changed.length > 0 ? [{ label: 'changed', text: changed.join(', ') }] : []),
      ...timeOf(state, changed.length > 0),
    ],
    verdict: {
      mark: 'ok',
      outcome: 'released',
      headline: `${tag} is built and proven${changed.length > 0 ? `; ${UNTOUCHED}` : ' already; nothing was changed'}`,
      exit: Exit.done,
      rows: [
        { label: 'see it', text: url },
        ...(to === undefined
          ? []
          : [{ label: 'next', commands: [{ command: ['hd', 'deploy', to, '--tag', tag] }] }]),
        {
          label: 'undo it',
          commands: [
            {
              remark: 'not possible, a tag is never moved; instead',
              command: instead(state, nextPatch(version)),
            },
          ],
        },
      ],
    },
  };
}

/** The clock stands still while the question is open. */
function timeOf({ tagIs, rerun, durationsMs }: ReleaseState, changed: boolean): Fact[] {
  if (!changed) return [];
  const { gates = 0, tag = 0, run = 0, prove = 0 } = durationsMs;
  const followed = tagIs === 'made' || rerun ? `, of which the run ${duration(run)}` : '';
  return [{ label: 'time', text: `${duration(gates + tag + run + prove)}${followed}` }];
}

/** Closed gates first, each with its evidence; open ones fold into one row. */
export function refused(state: ReleaseState): EndBlock {
  const { tag = '' } = state;
  return {
    facts: folded(state.verdicts),
    verdict: {
      mark: 'fail',
      outcome: 'refused',
      headline: `${tag} was not released; nothing was created`,
      exit: Exit.refused,
      rows: [{ label: 'next', commands: afterRefusal(state) }],
    },
  };
}

export function planned(state: ReleaseState, preview: readonly Fact[]): EndBlock {
  const { tag = '', commit = '' } = state;
  const closed = state.verdicts.filter((verdict) => verdict.state === 'closed').length;
  const kept = state.tagIs === 'kept';
  const plan = kept ? `${tag} would be finished` : `${tag} would be tagged at ${shortCommit(commit)}`;
  return {
    facts: preview,
    verdict: {
      mark: closed === 0 ? 'ok' : 'fail',
      outcome: 'planned',
      headline:
        closed === 0
          ? `${plan}; nothing was created`
          : `${closed} of ${state.verdicts.length} gates closed; nothing was created`,
      exit: closed === 0 ? Exit.done : Exit.refused,
      rows: [
        {
          label: 'next',
          commands:
            closed === 0
              ? [{ remark: kept ? 'finish it' : 'do it', command: again(state) }]
              : afterRefusal(state),
        },
      ],
    },
  };
}

/** The run failed: bad luck and bad code need different commands. */
export function runFailed(state: ReleaseState, branch: string): EndBlock {
  const { version = '', tag = '' } = state;
  const noImage = state.images?.every((image) => image.resolved === undefined) === true;
  return {
    facts: [{ label: 'changed', text: remains(state) }],
    verdict: {
      mark: 'fail',
      outcome: 'not released',
      headline: `${tag} ${noImage ? 'has no image' : 'is not built'}; ${UNTOUCHED}`,
      exit: Exit.notVerified,
      rows: [
        {
          label: 'next',
          commands: [
            { remark: 'bad luck, run the failed jobs again', command: again(state) },
            { remark: `bad code, once the fix is on ${branch}`, command: instead(state, nextPatch(version)) },
          ],
        },
      ],
    },
  };
}

/** The run was green and its outcome is not what it has to be. */
export function notProven(state: ReleaseState, workflow: string): EndBlock {
  const { version = '', tag = '' } = state;
  const failed = state.proofs.filter((proof) => !proof.ok);
  const noImage = failed.some((proof) => proof.check === 'image');
  return {
    facts: [
      ...failed.map(({ check, text }) => ({ label: 'failed', text: `${check}: ${text}` })),
      { label: 'changed', text: remains(state) },
    ],
    verdict: {
      mark: 'fail',
      outcome: 'not released',
      headline: `${tag} ${noImage ? 'has no image' : 'is not what it says'}; ${UNTOUCHED}`,
      exit: Exit.notVerified,
      rows: [
        {
          label: 'next',
          commands: [
            { remark: `once ${workflow} is corrected`, command: instead(state, nextPatch(version)) },
          ],
        },
      ],
    },
  };
}

function folded(verdicts: readonly GateVerdict[]): Fact[] {
  const closed = verdicts.filter((verdict) => verdict.state === 'closed');
  const open = verdicts.filter((verdict) => verdict.state !== 'closed');
  const names = open.map((verdict) => verdict.gate).join(', ');
  return [
    ...gateRows(closed),
    ...(open.length > 0 ? [{ mark: 'ok' as const, label: `${open.length} open`, text: names }] : []),
  ];
}

/** What can be released once every closed gate has opened. */
function afterRefusal(state: ReleaseState): Next[] {
  const { version = '' } = state;
  const closed = state.verdicts.filter((verdict) => verdict.state === 'closed');
  const conditions = [...new Set(closed.flatMap((verdict) => verdict.opensWhen ?? []))];
  const remark = conditions.length > 0 ? { remark: `when ${conditions.join(' and ')}` } : {};
  if (!closed.some((verdict) => verdict.gate === 'version')) return [{ ...remark, command: again(state) }];
  const other = { ...remark, command: instead(state, state.free ?? nextPatch(version)) };
  const { existing } = state;
  if (existing === undefined || closed.length > 1) return [other];
  const finish = [...instead(state, version), '--commit', existing.commit];
  return [other, { remark: `to finish ${existing.tag} where it is`, command: finish }];
}

/** Where a release is tried first: the last environment before production that is not this machine. */
function rehearsal(environments: readonly Environment[]): string | undefined {
  const remote = environments.filter((environment) => environment.hosts.some((host) => !host.local));
  return (remote.filter((environment) => !environment.production).at(-1) ?? environments[0])?.name;
}

import { Flags } from '@oclif/core';
import { parseDuration } from './config/duration.ts';
import { UsageError } from './domain/errors.ts';
import type { GateWish } from './flows/gates/gatekeeper.ts';
import { limitOf, timeOf } from './limit-flags.ts';

/** The flags of every verb that changes an environment. */
export const mutatingFlags = {
  'dry-run': Flags.boolean({
    char: 'n',
    summary: 'print the plan and the gates, change nothing',
    helpGroup: 'Before',
  }),
  'lock-wait': Flags.string({
    summary: 'wait in line for the lock (0s)',
    helpValue: 'TIME',
    helpGroup: 'Before',
    default: '0s',
  }),
  yes: Flags.boolean({ summary: 'answer yes; never covers a production environment', helpGroup: 'Asking' }),
  timeout: Flags.string({ summary: 'for each host and stage (5m)', helpValue: 'TIME', helpGroup: 'During' }),
  reconnect: Flags.string({
    summary: 'keep trying a lost host (60s)',
    helpValue: 'TIME',
    helpGroup: 'During',
    default: '60s',
  }),
  confirm: Flags.string({ summary: 'instead of typing the name', helpValue: 'ENV', helpGroup: 'Asking' }),
};

/** Of verbs that time may let in later. */
export const slotFlags = {
  at: Flags.string({
    summary: 'next-slot: wait until time has opened the gates',
    helpValue: 'WHEN',
    options: ['next-slot'],
    helpGroup: 'Before',
  }),
};

/** How a change meets the gates of its environment (docs/policy.md). */
export const gateFlags = {
  wait: Flags.boolean({
    summary: 'wait for approvals, as at a terminal; --no-wait: exit 10 at once',
    allowNo: true,
    helpGroup: 'Before',
  }),
  'break-glass': Flags.boolean({
    summary: 'skip gates in an emergency; needs --incident and --reason',
    helpGroup: 'Emergency',
  }),
  incident: Flags.string({
    summary: 'of --break-glass: what happened',
    helpValue: 'REF',
    helpGroup: 'Emergency',
  }),
  reason: Flags.string({
    summary: 'of --break-glass: why it can not wait',
    helpValue: 'WHY',
    helpGroup: 'Emergency',
  }),
  skip: Flags.string({
    summary: 'of --break-glass: these gates alone, as window,rate',
    helpValue: 'GATES',
    helpGroup: 'Emergency',
  }),
  again: Flags.boolean({
    summary: 'of --break-glass: although the last one is not reviewed',
    helpGroup: 'Emergency',
  }),
};

/**
 * What these flags say.
 * @param interactive somebody is there who sees what is waited for: else nothing is, unless `--wait` says so
 * @throws UsageError for an emergency without its reason, and for a reason without one
 */
export function gatesOf(
  flags: {
    at?: string | undefined;
    wait?: boolean;
    'break-glass': boolean;
    incident: string | undefined;
    reason: string | undefined;
    skip: string | undefined;
    again?: boolean;
  },
  interactive: boolean,
): GateWish {
  const { at, wait = interactive, incident = '', reason = '', skip, again } = flags;
  const base = { nextSlot: at === 'next-slot', wait };
  if (!flags['break-glass']) {
    const stray = (['incident', 'reason', 'skip'] as const).find((name) => flags[name] !== undefined);
    if (stray === undefined && again !== true) return base;
    throw new UsageError(`--${stray ?? 'again'} is of an emergency`, '--break-glass too, or neither');
  }
  if (base.nextSlot) throw new UsageError('--break-glass does not wait for a slot', 'one of the two');
  if (incident.trim() === '' || reason.trim() === '')
    throw new UsageError(
      '--break-glass needs what happened, and why it can not wait',
      '--incident REF --reason WHY',
    );
  const names = skip?.split(',').map((name) => name.trim());
  return {
    ...base,
    breakGlass: {
      incident: incident.trim(),
      reason: reason.trim(),
      again: again === true,
      ...(names === undefined ? {} : { skip: names }),
    },
  };
}

/** Of verbs that show a plan. */
export const stepsFlags = {
  steps: Flags.boolean({ summary: 'each stage with its commands', helpGroup: 'Output' }),
};

/** Of verbs that bring a deployment to its end: what they write of it can be signed. */
export const signingFlags = {
  'signing-key': Flags.string({
    summary: 'sign the outcome: an SSH key, or the .pub of one that an agent holds',
    helpValue: 'FILE',
    helpGroup: 'During',
  }),
};

/** Of verbs that may follow a run of a workflow. */
export const runFlags = {
  'run-timeout': Flags.string({
    summary: 'for a run of a workflow, people not counted (30m)',
    helpValue: 'TIME',
    helpGroup: 'During',
  }),
  report: Flags.string({
    summary: 'write what --json says into this file as well',
    helpValue: 'FILE',
    helpGroup: 'Output',
  }),
};

/** Of verbs that can be carried out by a run of a workflow (docs/workflows.md). */
export const viaFlags = {
  via: Flags.string({
    summary: 'here, or workflow (what hd.yml says)',
    helpValue: 'WHERE',
    options: ['here', 'workflow'],
    helpGroup: 'During',
  }),
  plan: Flags.string({
    summary: 'only if the plan has this hash, or one that begins so',
    helpValue: 'HASH',
    helpGroup: 'Before',
  }),
  ...runFlags,
};

/** What these flags say. @throws UsageError for what is no hash */
export function viaOf(flags: { via: string | undefined; plan: string | undefined }): {
  via?: 'here' | 'workflow';
  expect?: { hash: string };
} {
  const { via, plan = '' } = flags;
  // A workflow that was started by hand gives an empty one.
  if (plan !== '' && !/^[0-9a-f]{12,64}$/.test(plan))
    throw new UsageError(`--plan ${JSON.stringify(plan)} is no plan's hash`, 'at least its first 12 digits');
  return {
    ...(via === 'here' || via === 'workflow' ? { via } : {}),
    ...(plan === '' ? {} : { expect: { hash: plan } }),
  };
}

/** What these flags say of how long to wait, in milliseconds. @throws UsageError naming the one that is no time */
export function limitsOf(flags: {
  reconnect: string;
  'lock-wait': string;
  timeout: string | undefined;
  'run-timeout'?: string | undefined;
}): {
  reconnectMs: number;
  lockWaitMs: number;
  stageMs: number | undefined;
  runMs: number | undefined;
} {
  return {
    reconnectMs: timeOf('reconnect', flags.reconnect),
    lockWaitMs: timeOf('lock-wait', flags['lock-wait']),
    stageMs: limitOf('timeout', flags.timeout),
    runMs: limitOf('run-timeout', flags['run-timeout']),
  };
}

/** @throws UsageError for a reason that says nothing */
export function whyOf(text: string): string {
  const why = text.trim();
  if (why === '') throw new UsageError('--why is empty', '--why "one sentence"');
  return why;
}

/**
 * Epoch seconds of a time to come: as far from now, or a date and time with its zone.
 * @throws UsageError naming the flag, for what is no time, or over
 */
export function momentOf(flag: string, text: string, now: number): number {
  const ms = parseDuration(text);
  const at = ms === undefined ? Date.parse(text) : now + ms;
  if (Number.isNaN(at) || (ms === undefined && !/(Z|[+-]\d\d:?\d\d)$/.test(text)))
    throw new UsageError(`--${flag} ${JSON.stringify(text)} is not a time`, 'as 4h or 2026-11-20T18:00:00Z');
  if (at <= now) throw new UsageError(`--${flag} ${text} is over already`, 'as 4h or 2026-11-20T18:00:00Z');
  return Math.round(at / 1000);
}

import { Flags } from '@oclif/core';
import { limitOf, timeOf } from './times.ts';

/** Of a verb whose stages, or checks, may take their time. */
export const stageFlag = Flags.string({
  summary: 'for each host and stage (5m)',
  helpValue: 'TIME',
  helpGroup: 'During',
});

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
  timeout: stageFlag,
  reconnect: Flags.string({
    summary: 'keep trying a lost host (60s)',
    helpValue: 'TIME',
    helpGroup: 'During',
    default: '60s',
  }),
  confirm: Flags.string({ summary: 'instead of typing the name', helpValue: 'ENV', helpGroup: 'Asking' }),
};

/** Of verbs that bring a deployment to its end: what they write of it can be signed. */
export const signingFlags = {
  'signing-key': Flags.string({
    summary: 'sign the outcome: an SSH key, or the .pub of one that an agent holds',
    helpValue: 'FILE',
    helpGroup: 'During',
  }),
};

/** What these flags say of how long to wait, in milliseconds. @throws UsageError naming the one that is no time */
export function limitsOf(flags: { reconnect: string; 'lock-wait': string; timeout: string | undefined }): {
  reconnectMs: number;
  lockWaitMs: number;
  stageMs: number | undefined;
} {
  return {
    reconnectMs: timeOf('reconnect', flags.reconnect),
    lockWaitMs: timeOf('lock-wait', flags['lock-wait']),
    stageMs: limitOf('timeout', flags.timeout),
  };
}

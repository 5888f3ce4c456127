import { Flags } from '@oclif/core';
import { parseDuration } from './config/duration.ts';
import { UsageError } from './domain/errors.ts';

/** The flags of every verb that changes an environment. */
export const mutatingFlags = {
  'dry-run': Flags.boolean({
    char: 'n',
    summary: 'print the plan and the gates, change nothing',
    helpGroup: 'Before',
  }),
  yes: Flags.boolean({ summary: 'answer yes; never covers a production environment', helpGroup: 'Asking' }),
  reconnect: Flags.string({
    summary: 'keep trying a host that was lost while it worked (60s)',
    helpValue: 'TIME',
    helpGroup: 'During',
    default: '60s',
  }),
  confirm: Flags.string({ summary: 'instead of typing the name', helpValue: 'ENV', helpGroup: 'Asking' }),
};

/** @throws UsageError naming the flag, if its value is no time */
export function timeOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(`--${flag} ${JSON.stringify(text)} is not a time`, 'as 30s, 5m or 1h');
  return ms;
}

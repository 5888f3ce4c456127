import { Flags } from '@oclif/core';

/** The flags of every verb that changes an environment. */
export const mutatingFlags = {
  'dry-run': Flags.boolean({
    char: 'n',
    summary: 'print the plan and the gates, change nothing',
    helpGroup: 'Before',
  }),
  yes: Flags.boolean({ summary: 'answer yes; never covers a production environment', helpGroup: 'Asking' }),
  confirm: Flags.string({ summary: 'instead of typing the name', helpValue: 'ENV', helpGroup: 'Asking' }),
};

import { Flags } from '@oclif/core';

const group = 'Output';
const waiting = 'Waiting';

/** What every command takes, beside its own flags. */
export const baseFlags = {
  json: Flags.boolean({ summary: 'one object on stdout', helpGroup: group }),
  plain: Flags.boolean({ summary: 'one line per fact, as in CI', helpGroup: group }),
  'no-color': Flags.boolean({ summary: 'no colour; NO_COLOR does the same', helpGroup: group }),
  'no-input': Flags.boolean({
    summary: 'ask nothing; what is missing is exit 2',
    helpGroup: 'Asking',
  }),
  'ssh-config': Flags.string({
    summary: "as ssh -F: read this file instead of the user's own",
    helpValue: 'FILE',
    helpGroup: 'Reaching hosts',
  }),
  'answer-timeout': Flags.string({
    summary: 'for one answer (host 30s, GitHub 15s, registry 10s)',
    helpValue: 'TIME',
    helpGroup: waiting,
  }),
  'github-wait': Flags.string({
    summary: 'for GitHub to come back, or to allow more (2m)',
    helpValue: 'TIME',
    helpGroup: waiting,
  }),
};

import type { Form } from './form.ts';

const image: Form = { fields: { repository: 'text', digest: 'text' } };
const release: Form = {
  fields: { version: 'text', commit: 'text', 'tag?': 'text', images: { record: image } },
};

/** What every reader of a ledger's entry relies on; it may hold more. */
export const ENTRY_FORM: Form = {
  fields: {
    at: 'text',
    hd: 'text',
    environment: 'text',
    actor: { fields: { name: 'text', proven: 'flag', machine: 'text' } },
    kind: 'text',
    verb: 'text',
    hosts: { list: 'text' },
    'prev?': 'text',
    'deployment?': 'text',
    'plan?': 'text',
    'outcome?': 'text',
    'reason?': 'text',
    'signature?': 'text',
    'until?': 'text',
    'keep?': 'text',
    'files?': 'text',
    'resumed?': 'number',
    'downtimeMs?': 'number',
    'release?': release,
    'leaves?': release,
    'restored?': release,
    'begun?': { list: 'text' },
    'evidence?': { list: 'text' },
    'from?': { record: 'text' },
    'heads?': { record: 'text' },
    'durationsMs?': { record: 'number' },
    'rules?': { fields: { branch: 'text', commit: 'text', 'rollback?': 'flag' } },
    'breakGlass?': {
      fields: { incident: 'text', reason: 'text', gates: { list: 'text' }, 'review?': 'text' },
    },
    'request?': { fields: { issue: 'number', url: 'text', body: 'text', expires: 'text' } },
    'approval?': {
      fields: { by: 'text', role: 'text', meaning: 'text', comment: 'text', at: 'text', url: 'text' },
    },
    'journals?': { record: { fields: { lines: 'number', sha256: 'text' } } },
  },
};

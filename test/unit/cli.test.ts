import assert from 'node:assert/strict';
import { route } from '../../src/lib/cli.ts';
import { help } from '../../src/lib/help.ts';

const ids = ['home', 'status', 'deploy', 'lab:up', 'plan:deploy'];

describe('the words of a command line', () => {
  const cases: readonly [string, string | undefined, string, string][] = [
    ['', 'home', '', ''],
    ['--json', 'home', '--json', ''],
    ['status', 'status', '', 'status'],
    ['status prod --json', 'status', 'prod --json', 'status'],
    ['--json --no-input status prod', 'status', 'prod --json --no-input', 'status'],
    ['lab up orin', 'lab:up', 'orin', 'lab up'],
    ['plan deploy prod --tag v1.4.0', 'plan:deploy', 'prod --tag v1.4.0', 'plan deploy'],
    ['deploy --tag v1 prod', 'deploy', '--tag v1 prod', 'deploy'],
    ['lab', undefined, '', 'lab'],
    ['statsu prod --json --tag x', undefined, '--json', 'statsu prod'],
    ['constructor', undefined, '', 'constructor'],
  ];
  for (const [line, id, rest, words] of cases) {
    it(JSON.stringify(line), () => {
      const argv = line === '' ? [] : line.split(' ');
      const found = route(argv, ids);
      assert.deepEqual([found.id, found.rest.join(' '), found.words.join(' ')], [id, rest, words]);
    });
  }
});

describe('help', () => {
  const commands = {
    home: { id: 'home', hidden: true, summary: 'hidden' },
    status: { id: 'status', summary: 'what serves where' },
    zap: { id: 'zap', summary: 'not in the table of groups' },
    'lab:up': { id: 'lab:up', summary: 'bring it up', args: { names: { name: 'names', multiple: true } } },
    deploy: {
      id: 'deploy',
      summary: 'put a release on an environment',
      usage: 'deploy ENV --tag TAG [flags]',
      examples: [
        { command: 'hd deploy prod --tag v1.4.0 --dry-run', description: 'only look' },
        'hd deploy orin',
      ],
      args: { env: { name: 'env', description: 'an environment of hd.yml', required: true } },
      flags: {
        'dry-run': {
          name: 'dry-run',
          char: 'n',
          type: 'boolean',
          summary: 'print the plan and the gates, change nothing',
          helpGroup: 'Before',
        },
        tag: { name: 'tag', type: 'option', helpValue: 'TAG', summary: 'the tag of a release' },
        secret: { name: 'secret', type: 'boolean', hidden: true, summary: 'never shown' },
        json: { name: 'json', type: 'boolean', summary: 'one object on stdout', helpGroup: 'Output' },
      },
      exits: { 0: 'confirmed, or nothing to do', 11: "something can't be reached" },
    },
  } as const;

  it('has examples first, then flags in their groups, then exit codes (screen 22)', () => {
    assert.equal(
      help(['deploy', '--help'], commands),
      `put a release on an environment

  hd deploy prod --tag v1.4.0 --dry-run    only look
  hd deploy orin

hd deploy ENV --tag TAG [flags]

  ENV                  an environment of hd.yml
  --tag TAG            the tag of a release

Before
  -n, --dry-run        print the plan and the gates, change nothing
Output
  --json               one object on stdout

Every flag is also HD_FLAG: HD_NO_COLOR=1. TIME is 30s, 5m, 4h.

Exit   0  confirmed, or nothing to do
      11  something can't be reached
`,
    );
  });

  it('lists only what exists, also what is in no group', () => {
    const page = help([], commands) ?? '';
    assert.match(page, /\nLook\n {2}status {5}what serves where\n/);
    assert.match(page, /\nKeep and practise\n {2}lab {8}a world to try it in\n/);
    assert.match(page, /\nOther\n {2}zap {8}not in the table of groups\n/);
    assert.doesNotMatch(page, /hidden|rollback|Decide/);
  });

  it('of a first word lists what goes with it', () => {
    assert.match(
      help(['lab'], commands) ?? '',
      /^a world to try it in\n\n {2}hd lab up \[NAMES\.\.\.\] {4}bring it up\n/,
    );
  });

  it('is undefined for what does not exist', () => {
    assert.equal(help(['help', 'nope'], commands), undefined);
    assert.equal(help(['constructor'], {}), undefined);
  });
});

import assert from 'node:assert/strict';
import type { EndBlock } from '../../../src/lib/domain/verdict.ts';
import { endBlockLines } from '../../../src/lib/ui/endblock.ts';
import { NARROW, reads, WIDE } from './golden.ts';

const rolledBack: EndBlock = {
  facts: [
    {
      label: 'failed',
      text: 'v1.4.0 on prod-2: smoke "status" 500, wanted 200, 3 tries in 12s',
      more: ['GET /api/v1/system/status, asked on prod-2 until 03:07:45'],
    },
    {
      label: 'seen',
      text: 'backend on prod-2, 03:07:33:',
      foreign: ["KeyError: 'SLEEP_ZONE'"],
    },
    { label: 'downtime', text: '0.0s (0 of 1719 probes failed; limit 0s)' },
  ],
  verdict: {
    mark: 'warn',
    outcome: 'rolled-back',
    headline: 'prod serves v1.3.2 on 3 of 3 hosts, as before',
    exit: 6,
    rows: [
      { label: 'safe', text: 'yes: 30 of 30 checks passed at 03:08:05, after the rollback' },
      {
        label: 'next',
        commands: [
          {
            remark: 'nothing is urgent; v1.4.0 is marked failed; why',
            command: ['hd', 'report', 'prod', 'd48'],
          },
        ],
      },
    ],
  },
};

describe('the end block', () => {
  it('reads as story 7 of screens.md', () => {
    reads(
      endBlockLines(rolledBack, WIDE),
      `
  failed     v1.4.0 on prod-2: smoke "status" 500, wanted 200, 3 tries in 12s
             GET /api/v1/system/status, asked on prod-2 until 03:07:45
  seen       backend on prod-2, 03:07:33:
             | KeyError: 'SLEEP_ZONE'
  downtime   0.0s (0 of 1719 probes failed; limit 0s)

! rolled-back  prod serves v1.3.2 on 3 of 3 hosts, as before  (exit 6)
  safe       yes: 30 of 30 checks passed at 03:08:05, after the rollback
  next       nothing is urgent; v1.4.0 is marked failed; why: hd report prod d48
`,
    );
  });

  it('wraps into its own column on a narrow terminal, in ASCII (story 23)', () => {
    reads(
      endBlockLines({ ...rolledBack, facts: [] }, NARROW),
      `
! rolled-back  prod serves v1.3.2 on 3 of 3
             hosts, as before  (exit 6)
  safe       yes: 30 of 30 checks passed at
             03:08:05, after the rollback
  next       nothing is urgent; v1.4.0 is marked
             failed; why: hd report prod d48
`,
    );
  });

  it('says nothing of exit 0, and stands alone without facts (story 4)', () => {
    reads(
      endBlockLines(
        {
          facts: [{ label: 'seen', text: 'image 9f2c41d07be3, files of d48, schema 12, at 10:41:07' }],
          verdict: {
            mark: 'ok',
            outcome: 'no change',
            headline: 'prod serves v1.4.0 on 3 of 3 hosts already',
            exit: 0,
            rows: [{ label: 'see it', commands: [{ command: ['hd', 'verify', 'prod'] }] }],
          },
        },
        WIDE,
      ),
      `
  seen       image 9f2c41d07be3, files of d48, schema 12, at 10:41:07

✓ no change  prod serves v1.4.0 on 3 of 3 hosts already
  see it     hd verify prod
`,
    );
  });

  it('puts a command that does not fit behind its remark below it, whole (story 18)', () => {
    reads(
      endBlockLines(
        {
          facts: [],
          verdict: {
            mark: 'fail',
            outcome: 'host key',
            headline: 'prod serves v1.3.2 on prod-1, prod-3; prod-2 was not asked',
            exit: 4,
            rows: [
              {
                label: 'next',
                commands: [
                  {
                    remark: 'compare "offered" with what prod-2\'s own console says to',
                    command: ['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub'],
                  },
                ],
              },
            ],
          },
        },
        WIDE,
      ),
      `
✗ host key  prod serves v1.3.2 on prod-1, prod-3; prod-2 was not asked  (exit 4)
  next       compare "offered" with what prod-2's own console says to:
             ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub
`,
    );
  });

  it('writes a label once over the rows that share it (story 8)', () => {
    reads(
      endBlockLines(
        {
          facts: [],
          verdict: {
            mark: 'fail',
            outcome: 'ROLLBACK FAILED',
            headline: 'prod serves two versions: a person is needed now',
            exit: 7,
            rows: [
              { label: 'prod-1', text: 'v1.3.2   10 of 10 checks at 03:09:15' },
              { label: 'safe', text: 'no: prod-2 answers wrongly and takes requests' },
              { label: 'next', text: '1  send no requests to prod-2' },
              { label: 'next', text: '2  make room under /var/lib/docker on prod-2' },
            ],
          },
        },
        WIDE,
      ),
      `
✗ ROLLBACK FAILED  prod serves two versions: a person is needed now  (exit 7)
  prod-1     v1.3.2   10 of 10 checks at 03:09:15
  safe       no: prod-2 answers wrongly and takes requests
  next       1  send no requests to prod-2
             2  make room under /var/lib/docker on prod-2
`,
    );
  });

  it('colours the outcome and the word of safe, and nothing else', () => {
    const toned = endBlockLines(rolledBack, WIDE)
      .flat()
      .filter((span) => span.tone !== undefined)
      .map(({ text, tone, bold }) => [text, tone, bold ?? false]);
    assert.deepEqual(toned, [
      ['!', 'warn', false],
      ['rolled-back', 'warn', true],
      ['yes', 'ok', false],
    ]);
  });

  it('prints a fact without a label as it stands, from column 1', () => {
    const excerpt = {
      label: '',
      text: 'hd.yml:31:47  environments.prod.rollout: no such key, max_downtme',
      more: ['  31 |     rollout: {max_downtme: 0s}', '     |               ^^^^^^^^^^^'],
    };
    const lines = endBlockLines({ ...rolledBack, facts: [excerpt] }, WIDE).slice(0, 4);
    reads(
      lines,
      `
hd.yml:31:47  environments.prod.rollout: no such key, max_downtme
  31 |     rollout: {max_downtme: 0s}
     |               ^^^^^^^^^^^

`,
    );
  });
});

describe('foreign text', () => {
  const shown = (foreign: readonly string[]) =>
    endBlockLines({ ...rolledBack, facts: [{ label: 'seen', text: 'x:', foreign }] }, WIDE).slice(1, -4);

  it('loses escape sequences, control and invisible characters', () => {
    reads(
      shown(['\x1b[31mred\x1b[0m\x07', 'a\u202eb\x9b2J', 'title\x1b]0;pwned\x07 kept']),
      `
             | red
             | ab2J
             | title kept
`,
    );
  });

  it('is cut to 8 lines that fit', () => {
    const lines = shown(Array.from({ length: 12 }, (_, n) => `${n} ${'x'.repeat(200)}`));
    assert.equal(lines.length, 9);
    assert.equal(
      lines
        .at(-1)
        ?.map((span) => span.text)
        .join('')
        .trim(),
      '| 4 more lines',
    );
    for (const line of lines) assert.ok(line.map((span) => span.text).join('').length <= 80);
  });

  it('is no command of the GitHub runner', () => {
    reads(shown(['##[error]gotcha']), '             | # #[error]gotcha');
  });
});

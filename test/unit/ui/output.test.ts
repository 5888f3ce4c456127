import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Exit } from '../../../src/lib/domain/exit.ts';
import type { EndBlock } from '../../../src/lib/domain/verdict.ts';
import { ActionsReporter } from '../../../src/lib/ui/actions.ts';
import { createPaint } from '../../../src/lib/ui/colour.ts';
import { printAnswer, summary } from '../../../src/lib/ui/output.ts';

const STYLE = { ascii: true, width: 80, zone: 'UTC' };

const block: EndBlock = {
  facts: [
    { label: 'failed', text: 'v1.4.0 on prod-2: smoke "status" 500, wanted 200' },
    { label: 'record', text: 'd48, plan 7c1e09ab42d8, by login-a' },
  ],
  verdict: {
    mark: 'warn',
    outcome: 'rolled-back',
    headline: 'prod serves v1.3.2 on 2 of 2 hosts, as before',
    exit: Exit.rolledBack,
    rows: [
      { label: 'safe', text: 'yes: 10 of 10 checks passed, after the rollback' },
      { label: 'next', commands: [{ remark: 'nothing is urgent; why', command: ['hd', 'history', 'prod'] }] },
    ],
  },
};

/** What the runner would read: everything that goes to stdout and stderr. */
function printed(shown: EndBlock): string {
  let text = '';
  const stream = { write: (part: string) => void (text += part) };
  const flags = { json: false, plain: false, color: true };
  printAnswer({ block: shown }, { stdout: stream, stderr: stream, env: {}, flags, mode: 'actions' });
  return text;
}

describe('the job summary', () => {
  it('has the verdict first, then the facts, then the hosts', () => {
    const json = {
      serves: [
        {
          host: 'prod-1',
          version: '1.3.2',
          seenAt: '2026-11-19T19:08:05.120Z',
          checks: { passed: 5, of: 5 },
        },
        { host: 'prod-2', version: null },
      ],
    };
    assert.equal(
      summary(block, json, STYLE),
      `\`\`\`text
! rolled-back  prod serves v1.3.2 on 2 of 2 hosts, as before  (exit 6)
  safe       yes: 10 of 10 checks passed, after the rollback
  next       nothing is urgent; why: hd history prod

  failed     v1.4.0 on prod-2: smoke "status" 500, wanted 200
  record     d48, plan 7c1e09ab42d8, by login-a
\`\`\`

| host | serves | checks | seen |
| --- | --- | --- | --- |
| prod-1 | v1.3.2 | 5 of 5 | 19:08:05Z |
| prod-2 | no known release |  |  |
`,
    );
  });

  it('leaves out what is known of no host, and the table where no host was looked at', () => {
    const table = summary(block, { serves: [{ host: 'orin', version: '1.4.0' }] }, STYLE);
    assert.ok(table.endsWith('\n| host | serves |\n| --- | --- |\n| orin | v1.4.0 |\n'), table);
    assert.ok(summary(block, {}, STYLE).endsWith('```\n'));
  });

  it('takes nothing that stands in it for Markdown or HTML', () => {
    const text = summary(
      { ...block, facts: [{ label: 'seen', text: '``` <img src=x>', foreign: ['```', '| a |'] }] },
      { serves: [{ host: '<b>[x](y)|`', version: '1|<i>' }] },
      STYLE,
    );
    assert.equal(text.match(/```/g)?.length, 2);
    assert.ok(text.includes('| \\<b\\>\\[x\\]\\(y\\)\\|\\` | v1\\|\\<i\\> |'), text);
  });
});

describe('workflow commands', () => {
  const hostile = [
    '::error::x',
    ' \t::add-mask::y',
    'a\n::stop-commands::z',
    'b\r::set-env name=PATH::/tmp',
    '##[add-path]/tmp',
    '\u2028::debug::x',
  ];
  /** Lines that the runner obeys: `::` after any indentation, `##[` anywhere; it parts lines at CR as well. */
  const obeyed = (text: string): string[] =>
    text.split(/\r\n|\r|\n/).filter((line) => /^\s*::/.test(line) || line.includes('##['));

  it('are never made of what others wrote, whatever part of an end block it is in', () => {
    fc.assert(
      fc.property(fc.constantFrom(...hostile), fc.string(), (bad, rest) => {
        const text = bad + rest;
        const lines = obeyed(
          printed({
            facts: [{ label: 'failed', text, more: [text], foreign: [text, text] }],
            verdict: {
              ...block.verdict,
              outcome: 'failed',
              headline: text,
              rows: [{ label: 'next', commands: [{ remark: text, command: ['hd', text] }] }],
            },
          }),
        );
        // The annotation is one line, and hd's own.
        assert.equal(lines.length, 1);
        assert.match(lines[0] ?? '', /^::error title=failed%3A /);
      }),
    );
  });

  it('are never made of what a stage, an item or a note says', () => {
    let text = '';
    const stream = { write: (part: string) => void (text += part) };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const drawing = { mode: 'actions' as const, stream, style: STYLE, paint: createPaint(false), clock };
    const reporter = new ActionsReporter({ ...drawing, version: '0.1.0' });
    for (const bad of hostile) {
      reporter.event({ type: 'item', stage: 'run', name: bad, mark: 'fail', text: bad, foreign: [bad] });
      reporter.event({ type: 'note', mark: 'idle', text: bad });
      reporter.event({ type: 'preview', facts: [{ label: bad, text: bad }] });
    }
    assert.deepEqual(obeyed(text), []);
    reporter.event({ type: 'stage', name: 'a\n::error::x', mark: 'busy', text: '::error::x' });
    assert.deepEqual(obeyed(text), ['::group::a%0A::error::x']);
    reporter.event({ type: 'note', mark: 'warn', text: 'a\n::error::x' });
    assert.equal(obeyed(text).filter((line) => !/^::(group|endgroup|warning)::/.test(line)).length, 0);
  });
});

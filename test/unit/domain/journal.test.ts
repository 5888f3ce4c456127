import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical } from '../../../src/lib/domain/canonical.ts';
import { headOf, openSteps, parseJournal, stoppedAt, verifies } from '../../../src/lib/domain/journal.ts';

const AT = '2026-11-19T15:13:41Z';

const begins = (what: readonly string[], rest: object = {}): string =>
  `${canonical({ at: AT, fence: 3, intent: { cause: 'digest differs', stage: 'switch' }, what, ...rest })}\n`;
const ends = (of: number, rc = 0): string => `${canonical({ at: AT, ms: 20, of, rc })}\n`;

describe('a journal', () => {
  it('gives each step its own end, in whatever order they come', () => {
    const text = [
      begins(['docker', 'pull', 'a'], { step: 'd48/pull-1' }),
      begins(['docker', 'pull', 'b']),
      ends(2),
      begins(['ship', 'files/1']),
      ends(1, 124),
    ].join('');
    const journal = parseJournal(text);
    const own = { at: AT, fence: 3, stage: 'switch', cause: 'digest differs' };
    const outcome = { at: AT, ms: 20, rc: 0 };
    assert.deepEqual(journal, {
      steps: [
        {
          ...own,
          line: 1,
          what: ['docker', 'pull', 'a'],
          id: 'd48/pull-1',
          outcome: { ...outcome, rc: 124 },
        },
        { ...own, line: 2, what: ['docker', 'pull', 'b'], outcome },
        { ...own, line: 4, what: ['ship', 'files/1'] },
      ],
      strange: [],
    });
    assert.deepEqual(
      openSteps(journal).map((step) => step.line),
      [4],
    );
  });

  it('names lines that say nothing, and reads on', () => {
    const odd = [
      'noise',
      '[]',
      'null',
      '{"at":1}',
      '',
      begins([]).replace('"fence":3', '"fence":"3"').trim(),
      begins([]).replace('[]', '[1]').trim(),
      // Of no step, of one that is not begun yet, of one that has its end, of a line that is no step.
      ...[9, 13, 2, 3].map((of) => ends(of).trim()),
    ];
    const text = [
      begins(['a']),
      begins(['b']),
      ends(2),
      ...odd.map((line) => `${line}\n`),
      begins(['c']),
    ].join('');
    const journal = parseJournal(text);
    assert.deepEqual(
      journal.strange,
      odd.map((_, index) => index + 4),
    );
    assert.deepEqual(
      openSteps(journal).map((step) => step.what[0]),
      ['a', 'c'],
    );
  });

  describe('says where a deployment stopped', () => {
    const stopped = (...lines: string[]): string | undefined => {
      const at = stoppedAt(parseJournal(lines.join('')));
      return at === undefined
        ? undefined
        : `${at.stage}: ${at.step}: ${at.cause}, ${at.ended ? 'ended' : 'open'}`;
    };
    const up = begins(['docker', 'compose', '--file', 'x', 'up']);
    const point = begins(['point', 'current', 'releases/d48']);

    for (const [what, lines, expected] of [
      ['nowhere, if nothing was begun', [], undefined],
      ['in the step that has no end', [up, ends(1), point], 'point current releases/d48'],
      [
        'in one that was left to itself, though another came after it',
        [up, point, ends(2)],
        'docker compose',
      ],
    ] as const) {
      it(what, () => {
        const text = expected === undefined ? undefined : `switch: ${expected}: digest differs, open`;
        assert.equal(stopped(...lines), text);
      });
    }

    for (const [what, first] of [
      ['if all have their end', [point, ends(1)]],
      ['whatever an earlier operator left', [begins(['docker', 'pull', 'x'], { fence: 2 }), '{}\n']],
    ] as const) {
      it(`after the last step, ${what}`, () => {
        const text = 'switch: docker compose: digest differs, ended';
        assert.equal(stopped(...first, up, ends(3)), text);
      });
    }
  });

  const line = fc.oneof(
    fc.array(fc.string(), { maxLength: 3 }).map((what) => begins(what)),
    fc.record({ of: fc.nat(9), rc: fc.nat(255) }).map(({ of, rc }) => ends(of, rc)),
    fc.string({ unit: 'grapheme' }).map((text) => `${text.replaceAll('\n', ' ')}\n`),
  );
  const lines = fc.array(line, { maxLength: 9 });

  it('is the one that was recorded, whatever is written after it or torn there', () => {
    fc.assert(
      fc.property(lines, lines, fc.string(), (before, after, torn) => {
        const text = before.join('');
        const tail = torn.replaceAll('\n', '');
        const head = headOf(text + tail);
        assert.equal(head.lines, before.length);
        assert.ok(verifies(head, text + after.join('') + tail));
      }),
    );
  });

  it('is not, once a line of it is changed, moved, taken out or cut off', () => {
    fc.assert(
      fc.property(
        lines.filter((all) => all.length > 0),
        fc.nat(),
        (all, at) => {
          const head = headOf(all.join(''));
          const index = at % all.length;
          const others = [
            all.toSpliced(index, 1, `x${all[index] ?? ''}`),
            all.toSpliced(index, 1),
            [...all.toSpliced(index, 1), all[index] ?? ''],
            all.slice(0, -1),
          ];
          for (const other of others)
            if (other.join('') !== all.join('')) assert.ok(!verifies(head, other.join('')));
        },
      ),
    );
  });

  it('never hides a step: each whole line is a step, its end or strange', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const { steps, strange } = parseJournal(all.join(''));
        const ended = steps.filter((step) => step.outcome !== undefined).length;
        assert.equal(steps.length + ended + strange.length, all.length);
      }),
    );
  });
});

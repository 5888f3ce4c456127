import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StandingState } from '../../../../src/lib/domain/approval.ts';
import { standingOf, type StandingFacts } from '../../../../src/lib/domain/approval/count.ts';
import { noteLine } from '../../../../src/lib/domain/approval/note.ts';
import { writeWord } from '../../../../src/lib/domain/approval/words.ts';
import { sha256 } from '../../../../src/lib/domain/canonical.ts';
import { unfillable } from '../../../../src/lib/domain/approval/roles.ts';
import { ASKED, DAY, facts, MINUTE, PLAN, rejects, request, says } from './facts.ts';

const filled = (given: StandingFacts): Record<string, string[]> =>
  Object.fromEntries(standingOf(given).roles.map(({ role, votes }) => [role, votes.map(({ by }) => by)]));
const left = (given: StandingFacts): string[] =>
  standingOf(given).notCounted.map(({ by, why }) => `${by}: ${why}`);

describe('how an approval stands', () => {
  const both = [says('login-b', 12), says('login-c', 20)];
  const states: readonly [what: string, given: StandingFacts, state: StandingState][] = [
    ['nobody was asked', (({ request: _, ...rest }) => rest)(facts([])), 'not-asked'],
    ['nobody answered', facts([]), 'waiting'],
    ['one of two', facts([says('login-b', 12)]), 'waiting'],
    ['both roles', facts(both), 'approved'],
    ['the last millisecond', facts(both, { now: ASKED + DAY - 1 }), 'approved'],
    ['its end', facts(both, { now: ASKED + DAY }), 'expired'],
    ['a rejection', facts([rejects('login-c', 12)]), 'rejected'],
    ['a rejection after both approved', facts([...both, rejects('login-e', 25)]), 'rejected'],
    [
      'approval, then rejection by the same person',
      facts([says('login-c', 12), rejects('login-c', 13)]),
      'rejected',
    ],
    [
      'a rejection, then approval by the same person',
      facts([rejects('login-c', 12), says('login-c', 13)]),
      'rejected',
    ],
    ['a rejection that was edited since', facts([{ ...rejects('login-c', 12), edited: true }]), 'rejected'],
    ['opened by somebody else', facts(both, { request: request({ author: 'login-d' }) }), 'altered'],
    ['opened by a job', facts(both, { request: request({ author: 'github-actions[bot]' }) }), 'approved'],
    ['a rejection by an outsider', facts([rejects('login-d', 12)]), 'waiting'],
    ['a rejection by who asks', facts([rejects('login-a', 12)]), 'waiting'],
    ['a rejection that has expired since', facts([rejects('login-c', 12)], { now: ASKED + DAY }), 'rejected'],
    ['closed by hand', facts([], { request: request({ open: false }) }), 'closed'],
    ['closed by hand although approved', facts(both, { request: request({ open: false }) }), 'closed'],
    ['another text', facts(both, { request: request({ body: 'something else' }), shown: 'a1' }), 'altered'],
    ['a text that the ledger does not know', (({ shown: _, ...rest }) => rest)(facts(both)), 'altered'],
    ['an altered text that somebody rejected', facts([rejects('login-c', 12)], { shown: 'a1' }), 'altered'],
    ['overtaken', facts(both, { end: { state: 'overtaken' } }), 'overtaken'],
    ['deployed', facts(both, { end: { state: 'closed' } }), 'closed'],
  ];
  for (const [what, given, state] of states)
    it(`${what}: ${state}`, () => assert.equal(standingOf(given).state, state));

  it('keeps a rejection that the ledger has, though the comment is gone', () => {
    const by = {
      by: 'login-c',
      decision: 'reject',
      role: 'qa-lead',
      meaning: 'review',
      comment: 'Red.',
      at: ASKED,
      url: '',
    } as const;
    const standing = standingOf(facts(both, { end: { state: 'rejected', by } }));
    assert.deepEqual([standing.state, standing.rejected], ['rejected', by]);
  });

  it('records who, when, in which role, with what meaning, in which comment', () => {
    const [tech, qa] = standingOf(
      facts([says('login-e', 12), says('LOGIN-C', 20, { word: `hd approve ${PLAN}` })]),
    ).roles;
    const comment = 'Rehearsed on staging, fine by me.';
    assert.deepEqual(tech?.votes, [
      {
        by: 'login-e',
        decision: 'approve',
        role: 'tech-lead',
        meaning: 'approval',
        comment,
        at: ASKED + 12 * MINUTE,
        url: says('login-e', 12).url,
      },
    ]);
    assert.deepEqual(
      qa?.votes.map(({ by, meaning }) => [by, meaning]),
      [['LOGIN-C', 'review']],
    );
  });

  it('gives one person one role, and who has two the one where nobody else is', () => {
    assert.deepEqual(filled(facts([says('login-b', 12)])), { 'tech-lead': ['login-b'], 'qa-lead': [] });
    assert.deepEqual(filled(facts([says('login-b', 12), says('login-e', 13)])), {
      'tech-lead': ['login-e'],
      'qa-lead': ['login-b'],
    });
    assert.deepEqual(filled(facts([says('login-b', 12), says('login-b', 13)])), {
      'tech-lead': ['login-b'],
      'qa-lead': [],
    });
    const named = says('login-b', 12, { word: 'hd approve 7c1e09ab42d8 as QA-lead' });
    assert.deepEqual(filled(facts([named])), { 'tech-lead': [], 'qa-lead': ['login-b'] });
    // What somebody says a second time may be for the other role; it is still one person.
    assert.deepEqual(
      filled(facts([named, says('login-b', 13, { word: 'hd approve 7c1e09ab42d8 as tech-lead' })])),
      {
        'tech-lead': ['login-b'],
        'qa-lead': [],
      },
    );
  });

  it('says of a word that does not count why', () => {
    const word = (text: string) => ({ word: text });
    const cases: readonly [ReturnType<typeof says>, string][] = [
      [
        says('login-d', 1),
        'login-d: login-d is not in tech-lead or qa-lead, as far as GitHub shows who is in acme/leads',
      ],
      [says('Login-A', 1), 'Login-A: Login-A asks, and decides nothing of it'],
      [
        says('login-b', 1, { edited: true }),
        'login-b: it was edited after it was made; a new comment counts',
      ],
      [
        says('login-b', 1, word('hd approve 000000000000')),
        'login-b: it names plan 000000000000, and this one is 7c1e09ab42d8',
      ],
      [says('login-b', 1, { body: 'hd approve 7c1e09ab42d8' }), 'login-b: it gives no reason'],
      [
        says('login-c', 1, word('hd approve 7c1e09ab42d8 as tech-lead')),
        'login-c: login-c is not in tech-lead, but in qa-lead',
      ],
      [
        says('login-c', 1, word('hd approve 7c1e09ab42d8 as boss')),
        'login-c: login-c is not in boss, but in qa-lead',
      ],
      [says('login-b', -1), 'login-b: it was made before anybody was asked'],
      [says('login-b', 24 * 60), 'login-b: it was made after the request had expired'],
    ];
    for (const [comment, why] of cases) {
      assert.deepEqual(left(facts([comment])), [why]);
      assert.deepEqual(Object.values(filled(facts([comment]))).flat(), []);
    }
    const to = (shown: string) =>
      says('login-b', 1, { body: writeWord({ decision: 'approve', plan: PLAN, text: 'Fine.', shown }) });
    assert.deepEqual(left(facts([to('a1')])), [
      'login-b: it was said to another text than the one that was asked',
    ]);
    assert.deepEqual(left(facts([to(sha256(request().body))])), []);
    assert.deepEqual(left(facts([says('login-e', 1), says('login-b', 2), says('login-c', 3)])), [
      'login-c: qa-lead has the 1 approval that it needs',
    ]);
    assert.deepEqual(left(facts([says('login-b', 1, { body: 'Let me have a look first.' })])), []);
  });

  it('takes no word of who asks, also where a job has asked for them', () => {
    const asked = request({ author: 'github-actions[bot]' });
    assert.deepEqual(left(facts([says('login-a', 1)], { request: asked })), [
      'login-a: login-a asks, and decides nothing of it',
    ]);
  });

  it('takes a word at the moment of the asking, and none at its end', () => {
    assert.equal(filled(facts([says('login-b', 0)]))['tech-lead']?.length, 1);
    const last = says('login-b', 0, { at: ASKED + DAY - 1 });
    assert.equal(filled(facts([last]))['tech-lead']?.length, 1);
  });

  it('asks everybody but the one who asks', () => {
    const roles = { 'tech-lead': ['Login-A', 'login-b'], 'qa-lead': ['acme/qa'] };
    const asked = standingOf(facts([], { roles })).roles.map((each) => each.asked);
    assert.deepEqual(asked, [['login-b'], ['acme/qa']]);
  });

  it('knows its own reminders, and nobody else’s', () => {
    const body = `${noteLine('reminder', { plan: PLAN })}\nStill waiting.`;
    const own = says('login-a', 15, { body });
    assert.equal(standingOf(facts([own])).reminded, own.at);
    assert.equal(standingOf(facts([{ ...own, author: 'login-d' }])).reminded, undefined);
  });

  it('is never approved by fewer people than it needs, nor by who asks or is in no role', () => {
    const who = fc.constantFrom('login-a', 'login-b', 'login-c', 'login-d', 'login-e');
    const comment = fc
      .tuple(who, fc.integer({ min: -5, max: 50 }), fc.boolean())
      .map(([by, at, edited]) => says(by, at, { edited }));
    fc.assert(
      fc.property(fc.array(comment, { maxLength: 8 }), (comments) => {
        const { state, roles } = standingOf(facts(comments));
        const voters = roles.flatMap(({ votes }) => votes.map(({ by }) => by));
        assert.equal(new Set(voters).size, voters.length);
        for (const by of voters) assert.ok(['login-b', 'login-c', 'login-e'].includes(by));
        assert.equal(state === 'approved', voters.length === 2);
      }),
    );
  });
});

describe('roles that nobody can fill', () => {
  const one = { count: 1, meaning: 'approval' };
  const roles = { tech: ['login-a', 'login-b'], qa: ['login-b'], ops: ['acme/ops'] };

  it('are those with too few people besides the one who asks', () => {
    assert.deepEqual(unfillable({ tech: one, qa: one }, roles, 'login-x'), []);
    assert.deepEqual(unfillable({ tech: one, qa: one }, roles, 'LOGIN-A'), ['qa']);
    assert.deepEqual(unfillable({ qa: one }, roles, 'login-b'), ['qa']);
    assert.deepEqual(unfillable({ tech: { ...one, count: 3 } }, roles, 'login-x'), ['tech']);
    assert.deepEqual(unfillable({ none: one }, roles, 'login-x'), ['none']);
  });

  it('are not those with a team', () =>
    assert.deepEqual(unfillable({ ops: { ...one, count: 9 } }, roles, 'login-x'), []));
});

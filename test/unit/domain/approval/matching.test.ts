import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assign } from '../../../../src/lib/domain/approval/matching.ts';

describe('who fills which role', () => {
  it('puts who could fill two where nobody else can be', () => {
    assert.deepEqual(assign([['tech', 'qa'], ['tech']], { tech: 1, qa: 1 }), ['qa', 'tech']);
    assert.deepEqual(assign([['tech', 'qa'], ['qa', 'ops'], ['tech']], { tech: 1, qa: 1, ops: 1 }), [
      'qa',
      'ops',
      'tech',
    ]);
  });

  it('leaves nobody out for somebody later', () => {
    assert.deepEqual(assign([['tech'], ['tech']], { tech: 1 }), ['tech', undefined]);
  });

  const roles = ['a', 'b', 'c'] as const;
  const people = fc.array(fc.subarray([...roles]), { maxLength: 6 });
  const needs = fc.record({ a: fc.nat(3), b: fc.nat(3), c: fc.nat(3) });

  it('is a maximum: no other way fills more places, and nobody has two', () => {
    fc.assert(
      fc.property(people, needs, (each, needed) => {
        const places = assign(each, needed);
        assert.equal(places.length, each.length);
        for (const [person, role] of places.entries())
          if (role !== undefined) assert.ok(each[person]?.some((own) => own === role));
        for (const role of roles) assert.ok(places.filter((place) => place === role).length <= needed[role]);
        assert.equal(places.filter((place) => place !== undefined).length, most(each, needed));
      }),
    );
  });
});

/** By trying every way. */
function most(people: readonly (readonly string[])[], needed: Readonly<Record<string, number>>): number {
  const [first, ...rest] = people;
  if (first === undefined) return 0;
  const with_ = first
    .filter((role) => (needed[role] ?? 0) > 0)
    .map((role) => 1 + most(rest, { ...needed, [role]: (needed[role] ?? 0) - 1 }));
  return Math.max(most(rest, needed), ...with_);
}

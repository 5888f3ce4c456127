import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keptReference, repositoryOf, tagOfReference } from '../../../../src/lib/drivers/compose/kept.ts';
import { container, digest } from '../../../support/core.ts';

const db = (image: string, rest = {}) =>
  container({ service: 'db', image, digests: [digest('77')], ...rest });
const here = `postgres@${digest('77')}`;
const resolved = `postgres@${digest('99')}`;

describe('an image that the release does not replace (D6)', () => {
  it('stays as it runs, to the letter', () => {
    assert.equal(keptReference('postgres:16', db('postgres:16'), undefined, resolved, [here]), 'postgres:16');
  });

  it('is pinned to the digest that runs where the tag moved meanwhile', () => {
    const moved = db('postgres:16', { tagMoved: true });
    assert.equal(keptReference('postgres:16', moved, undefined, resolved, [here]), here);
    assert.equal(
      keptReference(
        'docker.io/library/postgres:16',
        db('docker.io/library/postgres:16', { tagMoved: true }),
        undefined,
        resolved,
        [here],
      ),
      here,
    );
  });

  it('is never pinned to a digest that its repository may not have', () => {
    const moved = db('postgres:16', { tagMoved: true });
    const mirror = `mirror.acme.dev/postgres@${digest('77')}`;
    assert.equal(keptReference('postgres:16', moved, undefined, resolved, [mirror]), 'postgres:16');
  });

  it('stays at the digest that an earlier deployment pinned it to', () => {
    const before = { declared: 'postgres:16', reference: here };
    assert.equal(keptReference('postgres:16', db(here), before, resolved, [here]), here);
  });

  it('is resolved anew where the compose files ask for another one', () => {
    const before = { declared: 'postgres:16', reference: 'postgres:16' };
    assert.equal(keptReference('postgres:17', db('postgres:16'), before, resolved, [here]), resolved);
    assert.equal(
      keptReference('postgres:17', db(here), { declared: 'postgres:16', reference: here }, resolved, [here]),
      resolved,
    );
  });

  it('is resolved where it does not run, and left to the letter where no registry knows it', () => {
    assert.equal(keptReference('postgres:16', undefined, undefined, resolved, []), resolved);
    assert.equal(keptReference('tools:local', undefined, undefined, undefined, []), 'tools:local');
  });

  it('is what the compose file pinned, and is not touched where a variable names it', () => {
    const declared = `redis@${digest('55')}`;
    assert.equal(keptReference(declared, db('redis:7'), undefined, resolved, []), declared);
    assert.equal(keptReference('postgres:${PG}', db('postgres:16'), undefined, undefined, []), undefined);
  });

  it('is never a reference that nobody said', () => {
    const reference = fc.constantFrom(
      'postgres:16',
      'postgres:17',
      'postgres',
      here,
      `reg:5000/pg@${digest('77')}`,
      'pg:${V}',
    );
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        reference,
        maybe(
          fc.record({
            image: reference,
            digests: fc.subarray([digest('77'), digest('88')]),
            tagMoved: fc.boolean(),
          }),
        ),
        maybe(fc.record({ declared: reference, reference })),
        maybe(fc.constant(resolved)),
        fc.subarray([here, `postgres@${digest('88')}`, `other@${digest('77')}`]),
        (declared, runs, before, answer, present) => {
          const one = runs === undefined ? undefined : db(runs.image, runs);
          const kept = keptReference(declared, one, before, answer, present);
          assert.ok([undefined, declared, answer, runs?.image, ...present].includes(kept), kept);
        },
      ),
    );
  });
});

describe('a reference', () => {
  it('is read as Docker reads it: a port is not a tag', () => {
    assert.equal(repositoryOf('127.0.0.1:5077/x/backend'), '127.0.0.1:5077/x/backend');
    assert.equal(tagOfReference('127.0.0.1:5077/x/backend'), 'latest');
    assert.equal(repositoryOf('127.0.0.1:5077/x/backend:1.2'), '127.0.0.1:5077/x/backend');
    assert.equal(tagOfReference('127.0.0.1:5077/x/backend:1.2'), '1.2');
    assert.equal(repositoryOf(`127.0.0.1:5077/x:1@${digest('1')}`), '127.0.0.1:5077/x');
    assert.equal(repositoryOf('postgres'), 'postgres');
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import { UsageError } from '../../../src/lib/domain/errors.ts';
import { familiar, formatImage, shortDigest } from '../../../src/lib/domain/release.ts';
import { parseVersion, tagOf } from '../../../src/lib/domain/version.ts';
import { digest } from '../../support/core.ts';

describe('a version', () => {
  for (const [text, version] of [
    ['1.4.0', '1.4.0'],
    ['v1.4.0', '1.4.0'],
    ['v1.5.0-rc.1', '1.5.0-rc.1'],
    ['10.20.30', '10.20.30'],
  ] as const) {
    it(`is read from ${text}`, () => assert.equal(parseVersion(text), version));
  }

  for (const [text, write] of [
    ['1.4', 'as v1.4.0'],
    ['v1', 'as v1.0.0'],
    ['v1.4.0; rm -rf /', 'as v1.4.0'],
    ['$(id)', 'as v1.4.0'],
    ['', 'as v1.4.0'],
    ['v', 'as v1.4.0'],
    ['vv1.4.0', 'as v1.4.0'],
    ['=1.4.0', 'as v1.4.0'],
    [' 1.4.0', 'as v1.4.0'],
    ['1.4.0\n', 'as v1.4.0'],
    ['01.4.0', 'as v1.4.0'],
    ['1.4.0+build', 'as v1.4.0'],
    ['-1.4.0', 'as v1.4.0'],
    ['latest', 'as v1.4.0'],
  ] as const) {
    it(`is not read from ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseVersion(text),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.message, `${JSON.stringify(text)} is not a version: three numbers are needed`);
          assert.deepEqual(error.facts, [{ label: 'write', text: write }]);
          return true;
        },
      );
    });
  }

  it('that is read is what it was written as, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const version = parseVersion(text);
          assert.ok(text === version || text === tagOf(version));
        } catch (error) {
          assert.ok(error instanceof UsageError);
        }
      }),
    );
  });
});

describe('an image', () => {
  it('is named as Docker lists it', () => {
    const of = (repository: string) => formatImage({ repository, digest: digest('9f') });
    assert.equal(of('docker.io/acme/backend'), `acme/backend@${digest('9f')}`);
    assert.equal(of('ghcr.io/acme/backend'), `ghcr.io/acme/backend@${digest('9f')}`);
    assert.equal(familiar('docker.io/library/postgres:16'), 'postgres:16');
    assert.equal(familiar('index.docker.io/library/postgres'), 'postgres');
    assert.equal(familiar('docker.io.acme.dev/x'), 'docker.io.acme.dev/x');
    assert.equal(familiar('127.0.0.1:5077/library/x'), '127.0.0.1:5077/library/x');
    assert.equal(shortDigest(digest('9f2c')), '9f2c9f2c9f2c');
  });
});

describe('the canonical form', () => {
  it('is the same for equal values, whatever the order of their keys', () => {
    assert.equal(canonical({ b: 1, a: [{ d: 'é', c: null }] }), '{"a":[{"c":null,"d":"é"}],"b":1}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        assert.equal(canonical(reversed), canonical(value));
        assert.equal(sha256(canonical(JSON.parse(canonical(value)) as object)), sha256(canonical(value)));
      }),
    );
  });
});

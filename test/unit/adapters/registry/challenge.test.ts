import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseChallenges } from '../../../../src/lib/adapters/registry/challenge.ts';

describe('WWW-Authenticate', () => {
  it('is read with quotes, commas inside them, escapes, and several schemes', () => {
    const header =
      'Basic realm="a, \\"b\\"", Bearer realm="https://ghcr.io/token",service=ghcr.io , scope="repository:o/n:pull,push"';
    assert.deepEqual(parseChallenges(header), [
      { scheme: 'basic', parameters: { realm: 'a, "b"' } },
      {
        scheme: 'bearer',
        parameters: { realm: 'https://ghcr.io/token', service: 'ghcr.io', scope: 'repository:o/n:pull,push' },
      },
    ]);
  });

  it('may be a scheme without parameters, or nothing', () => {
    assert.deepEqual(parseChallenges('Negotiate, BASIC'), [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: {} },
    ]);
    assert.deepEqual(parseChallenges(''), []);
  });

  it('ends, whatever it holds', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (header) => Array.isArray(parseChallenges(header))));
  });
});

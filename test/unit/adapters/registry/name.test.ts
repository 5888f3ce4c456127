import assert from 'node:assert/strict';
import { parseName } from '../../../../src/lib/adapters/registry/name.ts';

describe('the name of an image repository', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['postgres', 'https://registry-1.docker.io', 'library/postgres'],
    ['acme/api', 'https://registry-1.docker.io', 'acme/api'],
    ['docker.io/postgres', 'https://registry-1.docker.io', 'library/postgres'],
    ['ghcr.io/acme/backend', 'https://ghcr.io', 'acme/backend'],
    ['GHCR.io/acme/backend', 'https://ghcr.io', 'acme/backend'],
    ['localhost/a', 'http://localhost', 'a'],
    ['127.0.0.1:5000/a/b', 'http://127.0.0.1:5000', 'a/b'],
    ['10.0.0.5:5000/a', 'http://10.0.0.5:5000', 'a'],
    ['10.0.0.6:5000/a', 'https://10.0.0.6:5000', 'a'],
    ['127.0.0.1.example.org/a', 'https://127.0.0.1.example.org', 'a'],
  ];
  for (const [repository, origin, path] of rows) {
    it(`${repository} is ${path} of ${origin}`, () => {
      const name = parseName(repository, (host) => host === '10.0.0.5:5000');
      assert.deepEqual([name.origin, name.path], [origin, path]);
    });
  }
});

import assert from 'node:assert/strict';
import type { Config } from '../../../src/lib/domain/environment.ts';
import { together, UsageError } from '../../../src/lib/domain/errors.ts';
import { environmentNamed, environmentOrHost, onlyEnvironment } from '../../../src/lib/flows/environments.ts';
import { wantedOf } from '../../../src/lib/flows/target.ts';
import { environment } from '../../support/core.ts';

function config(...hosts: [name: string, hosts: string[]][]): Config {
  return {
    file: '/x/hd.yml',
    root: '/x',
    app: 'app',
    images: {},
    registries: {},
    release: { branch: 'main', workflow: 'release.yml' },
    ledger: { publish: true },
    roles: {},
    environments: Object.fromEntries(hosts.map(([name, own]) => [name, environment({ name, hosts: own })])),
  };
}

const refused = (doing: () => unknown, message: string, write?: string): void => {
  assert.throws(doing, (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, message);
    assert.deepEqual(error.facts, write === undefined ? [] : [{ label: 'write', text: write }]);
    return true;
  });
};

describe('an environment', () => {
  const three = config(
    ['orin', ['orin']],
    ['staging', ['s-1', 'shared']],
    ['prod', ['p-1', 'p-2', 'shared']],
  );

  it('is found by its name, or the ones that there are are named', () => {
    assert.equal(environmentNamed(three, 'prod').name, 'prod');
    for (const name of ['prd', 'constructor', '__proto__', '']) {
      refused(
        () => environmentNamed(three, name),
        `${name} is not an environment of hd.yml`,
        'orin, staging or prod',
      );
    }
  });

  it('is found by one of its hosts, which alone is meant then', () => {
    const found = environmentOrHost(three, 'p-2');
    assert.deepEqual([found.environment.name, found.hosts], ['prod', ['p-2']]);
    assert.deepEqual(environmentOrHost(three, 'staging').hosts, ['s-1', 'shared']);
    refused(
      () => environmentOrHost(three, 'shared'),
      'shared is a host of more than one environment',
      'staging or prod',
    );
    refused(
      () => environmentOrHost(three, 'x'),
      'x is neither an environment of hd.yml nor a host of one',
      'orin, staging or prod',
    );
  });

  it('need not be named where there is one', () => {
    assert.equal(onlyEnvironment(config(['orin', ['orin']])).name, 'orin');
    refused(() => onlyEnvironment(three), 'which environment is not said', 'orin, staging or prod');
  });
});

describe('a command line with two mistakes', () => {
  const wrong = (text: string, write: string) => (): never => {
    throw new UsageError(text, write);
  };

  it('is told of both at once', () => {
    assert.throws(
      () => together(wrong('prd is none', 'prod'), wrong('1.4 is none', 'v1.4.0')),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.message, 'prd is none');
        assert.deepEqual(
          error.facts.map(({ label, text }) => `${label} ${text}`),
          ['write prod', 'failed 1.4 is none', 'write v1.4.0'],
        );
        return true;
      },
    );
    assert.throws(() => together(() => 1, wrong('1.4 is none', 'v1.4.0')), { message: '1.4 is none' });
    assert.deepEqual(
      together(
        () => 1,
        () => 2,
      ),
      [1, 2],
    );
  });
});

describe('what is to be deployed', () => {
  it('is a tag or a commit, exactly one', () => {
    assert.deepEqual(wantedOf({ tag: '1.4.0', worktree: false }), { tag: 'v1.4.0', worktree: false });
    assert.deepEqual(wantedOf({ commit: '8c3f2e1', worktree: true }), { commit: '8c3f2e1', worktree: true });
    refused(() => wantedOf({ worktree: false }), 'which release is not said', '--tag v1.4.0');
    refused(
      () => wantedOf({ tag: 'v1.4.0', commit: '8c3f2e1', worktree: false }),
      '--tag and --commit are given, and they exclude each other',
      '--tag v1.4.0',
    );
  });

  for (const commit of ['8c3f2e', 'HEAD', 'main', '8C3F2E1', '$(id)', '8c3f2e1; id', 'a'.repeat(41), '']) {
    it(`is not the commit ${JSON.stringify(commit)}`, () => {
      refused(
        () => wantedOf({ commit, worktree: false }),
        `${JSON.stringify(commit)} is not a commit: 7 to 40 hexadecimal digits are needed`,
      );
    });
  }
});

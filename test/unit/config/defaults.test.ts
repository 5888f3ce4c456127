import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { environment, read, withEnvironments } from './support.ts';

describe('hd.yml, read', () => {
  it('fills in every default', () => {
    assert.deepEqual(environment('  orin: {hosts: [orin]}', 'orin'), {
      name: 'orin',
      production: false,
      hosts: [{ name: 'orin', local: false }],
      directory: '/opt/shop',
      project: 'shop',
      compose: ['compose.yaml'],
      envFiles: [],
      probe: 'host',
      rollout: { strategy: 'recreate', settleMs: 3000, timeoutMs: 60_000 },
      checks: { smoke: [], logs: { sinceMs: 120_000, forbid: ['FATAL', 'Traceback', 'panic:'] } },
      github: { environment: 'orin' },
      via: 'here',
      keep: 5,
    });
    const { images, release, registries, ledger, roles } = read(withEnvironments('  a: {hosts: [local]}'));
    assert.deepEqual(images['web'], {
      repository: 'ghcr.io/acme/web',
      tag: 'v{version}',
      commitTag: '{sha}',
    });
    assert.deepEqual(release, { branch: 'main', workflow: 'release.yml' });
    assert.deepEqual({ ...registries }, {});
    assert.deepEqual(ledger, { publish: true });
    assert.deepEqual({ ...roles }, {});
  });

  it('asks for checks 20 times, every half second, 5 s each', () => {
    const retry = { attempts: 20, delayMs: 500, initialWaitMs: 0, timeoutMs: 5000, expect: { status: 200 } };
    const { checks } = environment(
      '  a: {hosts: [h], url: "http://h/", checks: {live: {}, ready: {}, version: {}, smoke: [{name: s, path: /s}]}}',
      'a',
    );
    assert.deepEqual(checks.live, { path: '/healthz', ...retry });
    assert.deepEqual(checks.ready, { path: '/ready', ...retry });
    assert.deepEqual(checks.version, {
      path: '/version',
      versionField: 'version',
      commitField: 'git_sha',
      ...retry,
    });
    assert.deepEqual(checks.smoke, [{ kind: 'http', name: 's', path: '/s', ...retry }]);
  });

  it('takes what is said', () => {
    const found = environment(
      `  a:
    production: true
    hosts: [local, {name: web-1, address: "2001:db8::1", port: 2222, user: deploy, identity_file: ~/.ssh/k}]
    directory: /srv/x
    project: y
    compose: [./a.yaml, deploy//b.yaml]
    env_files: [.env]
    url: https://example.org/base/
    probe: operator
    rollout: {strategy: recreate, settle: 0s, timeout: 5m, max_downtime: 10s}
    checks:
      ready: {path: "/r?x=1", attempts: 1, delay: 1s, initial_wait: 10s, timeout: 2s, expect: {status: 204, within: 1s, json: {a.b: true}}}
      smoke: [{name: suite, run: [npm, run, smoke], timeout: 2m}, {name: t, path: /t, token_env: T}]
      logs: {since: 1m, forbid: []}
    keep: 1`,
      'a',
    );
    assert.deepEqual(found.hosts, [
      { name: 'local', local: true },
      {
        name: 'web-1',
        local: false,
        address: '2001:db8::1',
        port: 2222,
        user: 'deploy',
        identityFile: `${homedir()}/.ssh/k`,
      },
    ]);
    assert.equal(found.production, true);
    assert.deepEqual([found.directory, found.project], ['/srv/x', 'y']);
    assert.deepEqual(found.compose, ['a.yaml', 'deploy/b.yaml']);
    assert.deepEqual([found.url, found.probe, found.keep], ['https://example.org/base', 'operator', 1]);
    assert.deepEqual(found.rollout, {
      strategy: 'recreate',
      settleMs: 0,
      timeoutMs: 300_000,
      maxDowntimeMs: 10_000,
    });
    assert.deepEqual(found.checks.ready, {
      path: '/r?x=1',
      attempts: 1,
      delayMs: 1000,
      initialWaitMs: 10_000,
      timeoutMs: 2000,
      expect: { status: 204, withinMs: 1000, json: { 'a.b': true } },
    });
    assert.deepEqual(found.checks.smoke[0], {
      kind: 'command',
      name: 'suite',
      run: ['npm', 'run', 'smoke'],
      timeoutMs: 120_000,
    });
    assert.equal(found.checks.smoke[1]?.kind === 'http' && found.checks.smoke[1].tokenEnv, 'T');
    assert.deepEqual(found.checks.logs, { sinceMs: 60_000, forbid: [] });
  });

  it('keeps an environment on this machine beside hd.yml', () => {
    assert.equal(environment('  here: {hosts: [local]}', 'here').directory, '/work/.hd/here');
    assert.equal(environment('  both: {hosts: [local, h]}', 'both').directory, '/opt/shop');
  });

  it('shows its deployments on GitHub under its own name, and none of this machine unless it says so', () => {
    assert.equal(environment('  here: {hosts: [local]}', 'here').github, undefined);
    assert.deepEqual(environment('  here: {hosts: [local], github: {}}', 'here').github, {
      environment: 'here',
    });
    const named = environment('  a: {hosts: [h], github: {environment: On site}}\n  b: {extends: a}', 'b');
    assert.deepEqual(named.github, { environment: 'On site' });
    const { ledger } = read(
      `ledger: {publish: false, git_ref: refs/hd/ledger}\n${withEnvironments('  a: {hosts: [h]}')}`,
    );
    assert.deepEqual(ledger, { publish: false, gitRef: 'refs/hd/ledger' });
  });

  it('finds no environment that only an object has', () => {
    const { environments, images } = read(withEnvironments('  a: {hosts: [h]}'));
    assert.equal(environments['constructor'], undefined);
    assert.equal('toString' in images, false);
    assert.ok(environment('  constructor: {hosts: [h]}', 'constructor'));
  });
});

describe('extends', () => {
  const text = `  a:
    hosts: [h1, h2]
    url: http://h
    checks: {ready: {path: /r, attempts: 3}, smoke: [{name: one, path: /1}]}
  b: {extends: a, hosts: [h3], checks: {ready: {attempts: 9}, smoke: [{name: two, path: /2}]}}
  c: {extends: b, production: true}`;

  it('merges maps and replaces lists and single values, over several steps', () => {
    const c = environment(text, 'c');
    assert.deepEqual(
      c.hosts.map(({ name }) => name),
      ['h3'],
    );
    assert.deepEqual([c.checks.ready?.path, c.checks.ready?.attempts], ['/r', 9]);
    assert.deepEqual(
      c.checks.smoke.map(({ name }) => name),
      ['two'],
    );
    assert.equal(c.production, true);
  });

  it('does not change whom it inherits from', () => {
    assert.equal(environment(text, 'a').checks.ready?.attempts, 3);
    assert.equal(environment(text, 'b').production, false);
  });

  it('may come before its parent', () => {
    assert.equal(environment('  z: {extends: a}\n  a: {hosts: [h], keep: 7}', 'z').keep, 7);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { resolveTarget } from '../../../../src/lib/adapters/ssh/resolve.ts';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';
import { UsageError } from '../../../../src/lib/domain/errors.ts';
import { Bench } from './sshd.ts';

describe('resolveTarget', () => {
  const bench = new Bench();
  const resolve = (name: string, rest: Partial<HostSpec> = {}) =>
    resolveTarget({ name, local: false, ...rest }, bench.config);

  before(() => {
    mkdirSync(join(bench.dir, 'conf.d'));
    writeFileSync(
      join(bench.dir, 'conf.d/a.conf'),
      'Host included\n  HostName 10.9.8.7\n  Port 2201\n  User deploy\n',
    );
    bench.configure(
      `Include ${bench.dir}/conf.d/*.conf`,
      'Match host 10.9.8.7 user deploy',
      '  IdentityFile ~/.ssh/matched',
      'Host full',
      '  HostName full.example.org',
      '  Port 2222',
      '  User op',
      '  IdentityFile ~/keys/%r@%h:%p',
      '  IdentitiesOnly yes',
      '  IdentityAgent /run/agent.sock',
      '  UserKnownHostsFile "/tmp/my hosts" ~/second',
      '  GlobalKnownHostsFile none',
      '  ConnectTimeout 7',
      '  KexAlgorithms curve25519-sha256',
      '  AddressFamily inet',
      'Host aliased',
      '  Port 2222',
      '  HostKeyAlias The-Alias',
      'Host noagent',
      '  IdentityAgent none',
      'Host varagent',
      '  IdentityAgent $HD_TEST_AGENT',
      'Host far',
      '  ProxyJump u@hop1:2022,hop2',
      'Host hop1',
      '  HostName 10.0.0.1',
      '  ProxyJump hop0',
      'Host hop2',
      '  HostName 10.0.0.2',
      '  ProxyJump never-asked',
      'Host circle',
      '  ProxyJump circle2',
      'Host circle2',
      '  ProxyJump circle',
      'Host command',
      '  ProxyCommand nc %h %p',
      'Host nocommand',
      '  ProxyCommand none',
    );
  });
  after(() => bench.close());

  it('follows Include and Match', async () => {
    const target = await resolve('included');
    assert.deepEqual([target.hostname, target.port, target.user], ['10.9.8.7', 2201, 'deploy']);
    assert.equal(target.authentication.identityFiles.at(-1), join(userInfo().homedir, '.ssh/matched'));
  });

  it('reads every setting that a connection needs', async () => {
    const target = await resolve('full');
    const home = userInfo().homedir;
    assert.equal(target.hostname, 'full.example.org');
    assert.equal(target.connectTimeoutMs, 7000);
    assert.equal(target.family, 4);
    assert.deepEqual(target.hostKeyNames, ['[full.example.org]:2222', 'full.example.org']);
    assert.deepEqual(target.knownHostsFiles, ['/tmp/my hosts', join(home, 'second')]);
    assert.deepEqual(target.algorithms.kex, ['curve25519-sha256']);
    assert.deepEqual(target.authentication, {
      publicKey: true,
      identityFiles: [join(home, 'keys/op@full.example.org:2222')],
      identitiesOnly: true,
      certificateFiles: [],
      agentSocket: '/run/agent.sock',
    });
  });

  it('asks known_hosts for the alias alone, if there is one', async () => {
    assert.deepEqual((await resolve('aliased')).hostKeyNames, ['the-alias']);
  });

  it('finds the agent where the configuration says', async () => {
    process.env['HD_TEST_AGENT'] = '/run/other.sock';
    try {
      assert.equal((await resolve('varagent')).authentication.agentSocket, '/run/other.sock');
      assert.equal((await resolve('noagent')).authentication.agentSocket, undefined);
    } finally {
      delete process.env['HD_TEST_AGENT'];
    }
  });

  it('lets hd.yml override address, port, user and key', async () => {
    const target = await resolve('included', {
      address: 'fe80::1%eth0',
      port: 2299,
      user: 'someone',
      identityFile: '/keys/with space/%r',
    });
    assert.deepEqual([target.hostname, target.port, target.user], ['fe80::1%eth0', 2299, 'someone']);
    assert.equal(target.authentication.identityFiles[0], '/keys/with space/someone');
  });

  it('resolves each hop by its own configuration, the first hop with its own jump', async () => {
    const target = await resolve('far');
    assert.deepEqual([target.jump?.host, target.jump?.hostname], ['hop2', '10.0.0.2']);
    const first = target.jump?.jump;
    assert.deepEqual([first?.hostname, first?.port, first?.user], ['10.0.0.1', 2022, 'u']);
    assert.equal(first?.jump?.host, 'hop0');
    assert.equal(first.jump.jump, undefined);
  });

  it('stops where jumps go round in circles', async () => {
    await assert.rejects(
      resolve('circle'),
      (error) => error instanceof UsageError && /circles/.test(error.message),
    );
  });

  it('refuses a ProxyCommand, and knows none from one', async () => {
    await assert.rejects(
      resolve('command'),
      (error) => error instanceof UsageError && /ProxyCommand/.test(error.message),
    );
    assert.equal((await resolve('nocommand')).hostname, 'nocommand');
  });

  it('refuses names that ssh could take for something else', async () => {
    for (const name of ['-oProxyCommand=id', 'a b', 'a;id', '$(id)', 'a/b', '', 'user@host', 'a\nb']) {
      await assert.rejects(resolve(name), UsageError, name);
    }
    await assert.rejects(resolve('a', { address: '-x' }), UsageError);
    await assert.rejects(resolve('a', { user: '-x' }), UsageError);
    await assert.rejects(resolve('a', { user: '$(id)' }), UsageError);
  });

  it('says where a broken configuration is broken', async () => {
    const broken = join(bench.dir, 'broken');
    writeFileSync(broken, 'Host x\n  NoSuchOption yes\n');
    await assert.rejects(resolveTarget({ name: 'x', local: false }, broken), (error) => {
      assert(error instanceof UsageError);
      assert.match(
        error.facts[0]?.foreign?.join('\n') ?? '',
        /broken: line 2: Bad configuration option: nosuchoption/,
      );
      return true;
    });
  });
});

import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AskPassphrase } from '../../../../src/lib/adapters/ssh/identities.ts';
import { createShells } from '../../../../src/lib/adapters/shells.ts';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';
import type { Shells } from '../../../../src/lib/ports.ts';
import { Bench, type Sshd } from './sshd.ts';

describe('authentication over SSH', () => {
  const bench = new Bench();
  const socket = join(bench.dir, 'agent.sock');
  const opened: Shells[] = [];
  let server: Sshd;
  let agent: ChildProcess;
  let number = 0;

  before(async () => {
    server = await bench.sshd();
    bench.trust(server);
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => agent.stdout?.once('data', resolve));
  });
  after(async () => {
    for (const shells of opened) await shells.closeAll();
    agent.kill();
    await bench.close();
  });

  const allow = (key: string): void => appendFileSync(server.authorizedKeys, readFileSync(`${key}.pub`));
  const host = (...lines: string[]): HostSpec => bench.host(`a${(number += 1)}`, server, ...lines);
  const add = (...args: string[]): void =>
    void execFileSync('ssh-add', ['-q', ...args], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });

  async function works(spec: HostSpec, askPassphrase?: AskPassphrase): Promise<void> {
    const shells = createShells({
      sshConfig: bench.config,
      ...(askPassphrase === undefined ? {} : { askPassphrase }),
    });
    opened.push(shells);
    await shells.open(spec);
  }
  async function refused(spec: HostSpec, askPassphrase?: AskPassphrase): Promise<HdError> {
    const error: unknown = await works(spec, askPassphrase).then(
      () => assert.fail('it was let in'),
      (reason: unknown) => reason,
    );
    assert(error instanceof HdError);
    assert.equal(error.exit, 4);
    return error;
  }

  for (const type of ['ed25519', 'rsa', 'ecdsa']) {
    it(`takes an ${type} key of a file, and of the agent`, async () => {
      const key = bench.keygen(`user_${type}`, type);
      allow(key);
      await works(host(`IdentityFile ${key}`));
      add(key);
      await works(host(`IdentityAgent ${socket}`, `IdentityFile ${key}.pub`, 'IdentitiesOnly yes'));
      add('-D');
    });
  }

  it('uses a key that only the agent has, unless IdentitiesOnly forbids it', async () => {
    const key = bench.keygen('held');
    allow(key);
    add(key);
    const absent = `IdentityFile ${join(bench.dir, 'absent')}`;
    await works(host(`IdentityAgent ${socket}`, absent));
    const error = await refused(host(`IdentityAgent ${socket}`, absent, 'IdentitiesOnly yes'));
    assert.match(error.message, /^a\d+: no SSH key to offer for user /);
    add('-D');
  });

  it('offers the keys of the agent that are configured first, then its others, then those of files', async () => {
    const [first, second, third] = ['one', 'two', 'three'].map((name) => bench.keygen(name));
    assert(first !== undefined && second !== undefined && third !== undefined);
    add(second);
    add(first);
    const spec = host(`IdentityAgent ${socket}`, `IdentityFile ${third}`, `IdentityFile ${first}`);
    const [offered] = (await refused(spec)).facts;
    const sources = [offered?.text, ...(offered?.more ?? [])].map((text) => /\((.*)\)/.exec(text ?? '')?.[1]);
    assert.deepEqual(sources, ['agent one', 'agent two', third]);
    add('-D');
  });

  it('says which keys were refused, and does not try again', async () => {
    const stranger = bench.keygen('stranger');
    server.log = '';
    const error = await refused(host(`IdentityFile ${stranger}`));
    assert.equal(error.code, 'ssh-auth-refused');
    assert.match(error.message, /^a\d+: permission denied, 1 key offered for user \S+$/);
    assert.match(error.facts[0]?.text ?? '', /^ED25519 SHA256:.* \(.*stranger\)$/);
    assert.deepEqual(error.next[0]?.command.slice(-3, -2), ['-v']);
    assert.equal(server.log.match(/Connection from/g)?.length, 1);
  });

  it('offers no more keys than a server bears', async () => {
    const keys = Array.from({ length: 8 }, (_, index) => bench.keygen(`many_${index}`));
    const error = await refused(host(...keys.map((key) => `IdentityFile ${key}`)));
    assert.match(error.message, /6 keys offered/);
    assert.match(error.facts[1]?.text ?? '', /^2 more keys were not offered/);
  });

  it('names a certificate that it can not offer', async () => {
    const key = bench.keygen('certified');
    const authority = bench.keygen('authority');
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'id', '-n', 'root', `${key}.pub`]);
    const error = await refused(host(`IdentityFile ${key}`, `CertificateFile ${key}-cert.pub`));
    assert.equal(error.code, 'ssh-certificate-unsupported');
    assert.match(error.message, /can't offer the certificate .*certified-cert\.pub$/);
  });

  describe('with an encrypted key', () => {
    let key: string;
    before(() => {
      key = bench.keygen('locked', 'ed25519', 'open sesame');
      allow(key);
    });

    it('asks for the passphrase', async () => {
      const asked: string[] = [];
      await works(host(`IdentityFile ${key}`), (file) => {
        asked.push(file);
        return Promise.resolve(asked.length === 1 ? 'wrong' : 'open sesame');
      });
      assert.deepEqual(asked, [key, key]);
    });

    it('asks once for all hosts', async () => {
      let asked = 0;
      const askPassphrase: AskPassphrase = () => {
        asked += 1;
        return Promise.resolve('open sesame');
      };
      const shells = createShells({ sshConfig: bench.config, askPassphrase });
      opened.push(shells);
      await Promise.all([1, 2, 3].map(() => shells.open(host(`IdentityFile ${key}`))));
      assert.equal(asked, 1);
    });

    it('does not ask for a key that the host does not want', async () => {
      const unwanted = bench.keygen('unwanted', 'ed25519', 'secret');
      await works(host(`IdentityFile ${unwanted}`, `IdentityFile ${join(bench.dir, 'id')}`), () =>
        assert.fail('asked'),
      );
    });

    it('goes on to the next key if nobody answers', async () => {
      await works(host(`IdentityFile ${key}`, `IdentityFile ${join(bench.dir, 'id')}`), () =>
        Promise.resolve(undefined),
      );
    });

    it('names the file and ssh-add if nobody can be asked, or no answer is right', async () => {
      for (const ask of [undefined, () => Promise.resolve('wrong')]) {
        const error = await refused(host(`IdentityFile ${key}`), ask);
        assert.equal(error.code, 'ssh-key-locked');
        assert(error.message.includes(key));
        assert.deepEqual(error.next[0]?.command, ['ssh-add', key]);
      }
    });

    it('knows the public half of the old format from the file beside it', async () => {
      const pem = bench.keygen('pem', 'ecdsa');
      execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-P', '', '-N', 'old secret', '-f', pem], {
        stdio: 'ignore',
      });
      allow(pem);
      await works(host(`IdentityFile ${pem}`), () => Promise.resolve('old secret'));
    });
  });
});

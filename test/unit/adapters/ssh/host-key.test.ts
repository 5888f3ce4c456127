import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createShells } from '../../../../src/lib/adapters/shells.ts';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';
import { Bench, publicKey, type Sshd } from './sshd.ts';

describe('a host key over SSH', () => {
  const bench = new Bench();
  const shells = createShells({ sshConfig: bench.config, answerMs: 5000 });
  let server: Sshd;
  let number = 0;

  before(async () => {
    server = await bench.sshd('LogLevel DEBUG1');
  });
  after(async () => {
    await shells.closeAll();
    await bench.close();
  });

  /** A host whose known_hosts has these keys. */
  function knownAs(...lines: string[]): HostSpec {
    number += 1;
    const file = join(bench.dir, `known_${number}`);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    return bench.host(`h${number}`, server, `UserKnownHostsFile ${file}`);
  }
  const name = (): string => `[127.0.0.1]:${server.port}`;
  const refused = async (host: HostSpec): Promise<HdError> => {
    const error: unknown = await shells.open(host).then(
      () => assert.fail('it was taken'),
      (reason: unknown) => reason,
    );
    assert(error instanceof HdError);
    assert.equal(error.exit, 4);
    return error;
  };

  it('is taken if it is known', async () => {
    const shell = await shells.open(knownAs(`${name()} ${publicKey(server.hostKey)}`));
    assert.equal((await shell.run({ argv: ['echo', 'here'] })).stdout, 'here\n');
  });

  it('is refused if nobody has seen it, before any authentication', async () => {
    server.log = '';
    const error = await refused(knownAs());
    assert.equal(error.code, 'host-key-unknown');
    assert.match(error.message, /^h\d+ \(127\.0\.0\.1:\d+\) offered a key nobody here has seen$/);
    await server.logged(/Connection (closed|reset) by .*\[preauth\]|Disconnected from|Received disconnect/);
    assert.doesNotMatch(server.log, /userauth-request|Failed|Accepted/);
  });

  it('is refused if it changed, with both fingerprints, file and line, before any authentication', async () => {
    const other = bench.keygen('other');
    server.log = '';
    const error = await refused(knownAs('# first', `${name()} ${publicKey(other)}`));
    assert.equal(error.code, 'host-key-changed');
    const [known, offered] = error.facts;
    assert(known !== undefined && offered !== undefined);
    assert.match(known.text, /^ED25519 SHA256:[\w+/]{43}$/);
    assert.deepEqual(known.more, [`${join(bench.dir, `known_${number}`)}, line 2`]);
    assert.match(offered.text, /^ED25519 SHA256:[\w+/]{43}$/);
    assert.notEqual(known.text, offered.text);
    assert.deepEqual(
      error.next.map(({ command }) => command[0]),
      ['ssh-keygen', 'ssh-keygen', 'ssh'],
    );
    await server.logged(/Connection (closed|reset) by .*\[preauth\]|Disconnected from|Received disconnect/);
    assert.doesNotMatch(server.log, /userauth-request|Failed|Accepted/);
  });

  it('is refused if another type was known', async () => {
    const error = await refused(knownAs(`${name()} ${publicKey(bench.keygen('rsa', 'rsa'))}`));
    assert.equal(error.code, 'host-key-changed');
    assert.match(error.facts[0]?.text ?? '', /^RSA /);
  });

  it('is refused if it is revoked', async () => {
    const key = publicKey(server.hostKey);
    const error = await refused(knownAs(`${name()} ${key}`, `@revoked ${name()} ${key}`));
    assert.equal(error.code, 'host-key-revoked');
  });

  it('is refused if only a certificate authority vouches for it, with a clear word', async () => {
    const error = await refused(knownAs(`@cert-authority ${name()} ${publicKey(server.hostKey)}`));
    assert.equal(error.code, 'host-certificate-unsupported');
    assert.match(error.message, /can't check host certificates/);
  });

  it('is refused whatever StrictHostKeyChecking says, and never added', async () => {
    const host = knownAs();
    bench.configure(`Match host ${host.name}`, '  StrictHostKeyChecking no');
    assert.equal((await refused(host)).code, 'host-key-unknown');
    assert.equal((await refused(host)).code, 'host-key-unknown');
  });

  it('is found under HostKeyAlias', async () => {
    const file = join(bench.dir, 'known_alias');
    writeFileSync(file, `the-alias ${publicKey(server.hostKey)}\n`);
    const host = bench.host('aliased', server, `UserKnownHostsFile ${file}`, 'HostKeyAlias the-alias');
    await shells.open(host);
  });

  it('of a host with several keys is the one that is known', async () => {
    const rsa = bench.keygen('host_rsa', 'rsa');
    const ecdsa = bench.keygen('host_ecdsa', 'ecdsa');
    const many = await bench.sshd(`HostKey ${bench.keygen('host_ed')}`, `HostKey ${ecdsa}`, `HostKey ${rsa}`);
    for (const key of [rsa, ecdsa]) {
      number += 1;
      const file = join(bench.dir, `known_${number}`);
      bench.trust(many, key, file);
      await shells.open(bench.host(`h${number}`, many, `UserKnownHostsFile ${file}`));
    }
  });
});

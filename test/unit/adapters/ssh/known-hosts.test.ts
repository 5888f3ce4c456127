import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint, judge, keyType, knownKeys } from '../../../../src/lib/adapters/ssh/known-hosts.ts';
import { resolveTarget } from '../../../../src/lib/adapters/ssh/resolve.ts';
import { Bench, publicKey } from './sshd.ts';

describe('known_hosts', () => {
  const bench = new Bench();
  const ours = bench.keygen('ours');
  const other = bench.keygen('other');
  const rsa = bench.keygen('rsa', 'rsa');
  const blob = (file: string): Buffer => Buffer.from(publicKey(file).split(' ')[1] ?? '', 'base64');
  let count = 0;

  after(() => bench.close());

  /** What is known of the host, asked by its name on a port, with these lines in as many files. */
  async function known(files: readonly (readonly string[])[], host = 'h.example', port = 22) {
    const paths = files.map((lines) => {
      const path = join(bench.dir, `known ${(count += 1)}`);
      writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
      return path;
    });
    const target = await resolveTarget({ name: host, local: false, port }, '/dev/null');
    return knownKeys({ ...target, knownHostsFiles: [...paths, join(bench.dir, 'absent')] });
  }

  it('finds a plain entry, with its file and line', async () => {
    const keys = await known([['# a comment', `x,h.example ${publicKey(ours)} who`]]);
    assert.equal(keys.length, 1);
    assert.equal(keys[0]?.line, 2);
    assert.match(keys[0].file, /known 1$/);
    assert.deepEqual(judge(blob(ours), keys), { kind: 'known' });
  });

  it('finds hashed entries, also on another port', async () => {
    const path = join(bench.dir, 'hashed');
    writeFileSync(path, `[h.example]:2222 ${publicKey(ours)}\nh.example ${publicKey(other)}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', path], { stdio: 'ignore' });
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert(lines.every((line) => line.startsWith('|1|')));
    assert.equal(judge(blob(ours), await known([lines], 'h.example', 2222)).kind, 'known');
    assert.equal(judge(blob(other), await known([lines])).kind, 'known');
    assert.equal(judge(blob(other), await known([lines], 'h.example', 2222)).kind, 'changed');
  });

  it('looks into every file', async () => {
    const keys = await known([[], [`h.example ${publicKey(other)}`], [`h.example ${publicKey(ours)}`]]);
    assert.equal(judge(blob(ours), keys).kind, 'known');
  });

  it('tells a changed key from an unknown one', async () => {
    const changed = judge(
      blob(ours),
      await known([[`h.example ${publicKey(rsa)}`, `h.example ${publicKey(other)}`]]),
    );
    assert.equal(changed.kind, 'changed');
    assert('known' in changed && changed.known.line === 2, 'the known key of the same type is shown');
    assert.equal(judge(blob(ours), await known([[`other.example ${publicKey(ours)}`]])).kind, 'unknown');
  });

  it('refuses a revoked key, even where it is also trusted', async () => {
    const keys = await known([[`h.example ${publicKey(ours)}`, `@revoked * ${publicKey(ours)}`]]);
    assert.equal(judge(blob(ours), keys).kind, 'revoked');
  });

  it('does not take a certificate authority for a host key', async () => {
    const authority = `@cert-authority *.example ${publicKey(ours)}`;
    assert.equal(judge(blob(ours), await known([[authority]])).kind, 'certificate');
    assert.equal(
      judge(blob(other), await known([[authority, `h.example ${publicKey(other)}`]])).kind,
      'known',
    );
  });

  it('lets the bare name say yes on another port, and never no (as OpenSSH)', async () => {
    const lines = [`h.example ${publicKey(ours)}`];
    assert.equal(judge(blob(ours), await known([lines], 'h.example', 2222)).kind, 'known');
    assert.equal(judge(blob(other), await known([lines], 'h.example', 2222)).kind, 'unknown');
  });

  it('shows fingerprints as OpenSSH does', () => {
    for (const file of [ours, rsa]) {
      const [, hash = '', ...rest] = execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })
        .trim()
        .split(' ');
      const type = rest.at(-1)?.replace(/[()]/g, '');
      assert.equal(fingerprint(blob(file)), `${type} ${hash}`);
    }
    assert.equal(keyType(blob(rsa)), 'ssh-rsa');
    assert.equal(keyType(Buffer.alloc(2)), '');
  });
});

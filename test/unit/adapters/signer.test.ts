import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localShell } from '../../../src/lib/adapters/local/shell.ts';
import { createSignatures, createSigner } from '../../../src/lib/adapters/signer.ts';
import { UsageError } from '../../../src/lib/domain/errors.ts';

const AT = '2026-11-19T15:00:00.000Z';

describe('signatures of entries', () => {
  let dir: string;
  const file = (name: string): string => join(dir, name);
  const keygen = async (...args: string[]): Promise<void> => {
    const { status, stderr } = await localShell('here').run({ argv: ['ssh-keygen', '-q', ...args] });
    assert.equal(status, 0, stderr);
  };
  const publicKey = (name: string): Promise<string> => readFile(file(`${name}.pub`), 'utf8');

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hd-sign-'));
    await keygen('-t', 'ed25519', '-N', '', '-C', '', '-f', file('own'));
    await keygen('-t', 'ed25519', '-N', '', '-C', '', '-f', file('stranger'));
    await keygen('-t', 'ed25519', '-N', 'secret', '-C', '', '-f', file('locked'));
    const until = 'valid-before="20261201Z"';
    await writeFile(file('allowed'), `login-a ${until} ${await publicKey('own')}`);
  });
  after(() => rm(dir, { recursive: true, force: true }));

  it('are good over what was signed, by whom is allowed at that time', async () => {
    const checker = await createSignatures(file('allowed'));
    const signature = await createSigner(file('own')).sign('{"kind":"finished"}');
    assert.match(signature, /^-----BEGIN SSH SIGNATURE-----\n/);
    const good = await checker.check('{"kind":"finished"}', signature, AT);
    assert.ok(
      'by' in good && good.by === 'login-a' && good.key.startsWith('ED25519 SHA256:'),
      JSON.stringify(good),
    );
    const problem = async (text: string, made: string, at = AT): Promise<string> => {
      const found = await checker.check(text, made, at);
      return 'problem' in found ? found.problem : 'none';
    };
    assert.equal(
      await problem('{"kind":"started"}', signature),
      'its signature by login-a is not over what it says',
    );
    assert.match(
      await problem('{"kind":"finished"}', signature, '2026-12-02T00:00:00Z'),
      /no allowed signer's$/,
    );
    const other = await createSigner(file('stranger')).sign('x');
    assert.match(await problem('x', other), /^signed with ED25519 SHA256:\S+, which is no allowed signer's$/);
    assert.equal(await problem('x', 'nonsense'), 'its signature is not over what it says');
    // Of something else than a ledger's entry: a commit, say.
    await writeFile(file('commit'), 'x');
    await keygen('-Y', 'sign', '-f', file('own'), '-n', 'git', file('commit'));
    assert.match(await problem('x', await readFile(file('commit.sig'), 'utf8')), /is not over what it says$/);
  });

  it('come from an agent too, which has the other half of the public key', async () => {
    const agent = spawn('ssh-agent', ['-D', '-a', file('agent')], { stdio: ['ignore', 'pipe', 'ignore'] });
    const before = process.env['SSH_AUTH_SOCK'];
    try {
      await once(agent.stdout, 'data');
      process.env['SSH_AUTH_SOCK'] = file('agent');
      const { status } = await localShell('here').run({ argv: ['ssh-add', '-q', file('own')] });
      assert.equal(status, 0);
      await writeFile(file('half.pub'), await publicKey('own'));
      const signature = await createSigner(file('half.pub')).sign('x');
      assert.ok('by' in (await (await createSignatures(file('allowed'))).check('x', signature, AT)));
    } finally {
      if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
      else process.env['SSH_AUTH_SOCK'] = before;
      agent.kill();
      await once(agent, 'exit');
    }
  });

  it('are refused before anything is begun where the key or the file is of no use', async () => {
    await assert.rejects(createSigner(file('locked')).sign('x'), (error) => {
      assert.ok(error instanceof UsageError && error.message.endsWith("can't sign: it is encrypted"));
      assert.equal(
        error.facts[0]?.text,
        `after ssh-add ${file('locked')}: --signing-key ${file('locked')}.pub`,
      );
      return true;
    });
    await assert.rejects(createSigner(file('none')).sign('x'), UsageError);
    await assert.rejects(createSignatures(file('none')), UsageError);
  });
});

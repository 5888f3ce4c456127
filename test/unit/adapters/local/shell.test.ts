import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { localShell } from '../../../../src/lib/adapters/local/shell.ts';
import { createShells } from '../../../../src/lib/adapters/shells.ts';
import { LostError } from '../../../../src/lib/domain/errors.ts';

describe('the local shell', () => {
  it('ends everything that a command started when its time is over', async () => {
    let output = '';
    // A child of the child, which would outlive it.
    const argv = ['sh', '-c', 'sleep 61 & echo $!; wait'];
    const run = localShell('here').run({ argv }, { timeoutMs: 400, onStdout: (text) => (output += text) });
    await assert.rejects(run, LostError);
    const state = (): string =>
      execFileSync(
        'sh',
        ['-c', 'cut -d" " -f3 /proc/$1/stat 2>/dev/null || echo gone', 'sh', output.trim()],
        { encoding: 'utf8' },
      );
    assert.match(output, /^\d+\n$/);
    assert.match(state(), /^(Z|X|gone)/);
  });

  it('keeps a command out of the terminal’s process group, so that Ctrl-C reaches hd alone', async () => {
    const { stdout } = await localShell('here').run({ argv: ['sh', '-c', 'cut -d" " -f5 /proc/$$/stat'] });
    const ours = execFileSync('cut', ['-d', ' ', '-f5', `/proc/${process.pid}/stat`], { encoding: 'utf8' });
    assert.notEqual(stdout.trim(), ours.trim());
  });
});

describe('createShells', () => {
  it('takes HD_LOCAL_HOST for this machine', async () => {
    process.env['HD_LOCAL_HOST'] = 'edge-7';
    try {
      const shells = createShells({ sshConfig: '/nonexistent' });
      const shell = await shells.open({ name: 'edge-7', local: false });
      assert.equal((await shell.run({ argv: ['echo', 'me'] })).stdout, 'me\n');
      assert.deepEqual(shells.used, { connections: 0, commands: 1 });
    } finally {
      delete process.env['HD_LOCAL_HOST'];
    }
  });

  it('loads ssh2 only for a host that needs it', () => {
    const program = `
      const { createShells } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../src/lib/adapters/shells.ts'))});
      const shells = createShells();
      await (await shells.open({ name: 'here', local: true })).run({ argv: ['true'] });
      const { createRequire } = await import('node:module');
      console.log(Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache).filter((file) => file.includes('/ssh2/')).length);
    `;
    assert(
      createRequire(import.meta.url)
        .resolve('ssh2')
        .includes('/ssh2/'),
    );
    assert.equal(
      execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
      '0\n',
    );
  });
});

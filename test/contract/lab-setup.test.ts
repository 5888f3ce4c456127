import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run, type Ran } from '../../src/lib/lab/process.ts';

const SETUP = join(import.meta.dirname, '..', '..', 'bin', 'setup');
/** What every Debian has. */
const ESSENTIAL = ['sh', 'sed', 'awk', 'grep', 'tr', 'head', 'tail', 'cat', 'find', 'touch', 'dirname'];
const ALL = ['docker.io', 'docker-cli', 'docker-compose', 'docker-buildx'];

describe('bin/setup --print', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hd-setup-'));
    await mkdir(join(dir, 'etc', 'apt', 'sources.list.d'), { recursive: true });
    await mkdir(join(dir, 'bin'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** What it says on a machine with these files in /etc, and no programs but the essential ones. */
  async function said(etc: Record<string, string>, uid = '0'): Promise<Ran> {
    for (const [path, text] of Object.entries(etc)) await writeFile(join(dir, 'etc', path), text);
    for (const tool of ESSENTIAL) {
      const found = await run(['sh', '-c', 'command -v "$1"', 'sh', tool]);
      await symlink(found, join(dir, 'bin', tool));
    }
    await writeFile(join(dir, 'bin', 'id'), `#!${join(dir, 'bin', 'sh')}\necho ${uid}\n`, { mode: 0o755 });
    return attempt([join(dir, 'bin', 'sh'), SETUP, '--print'], {
      env: { PATH: join(dir, 'bin'), HD_SETUP_ETC: join(dir, 'etc'), DOCKER_HOST: undefined, TMPDIR: dir },
    });
  }
  const debian = (codename: string) => ({ 'os-release': `ID=debian\nVERSION_CODENAME=${codename}\n` });

  it('derives the next suite from the machine’s own deb822 source', async () => {
    const own = `Types: deb
# a snapshot
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
    const { stdout } = await said({ ...debian('bookworm'), 'apt/sources.list.d/debian.sources': own });
    for (const name of ALL) assert.match(stdout, new RegExp(`from Debian trixie:.* ${name} `));
    assert.match(
      stdout,
      /from Debian bookworm: containerd runc iptables debootstrap openssh-client git nodejs npm/,
    );
    assert.equal(
      /^sources\n([^]*?\.gpg)$/m.exec(stdout)?.[1],
      `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg`,
    );
    assert.doesNotMatch(stdout, /security/);
  });

  it('passes over a deb822 source that is switched off', async () => {
    const off =
      'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n';
    const { stdout } = await said({
      ...debian('bookworm'),
      'apt/sources.list.d/debian.sources': `${off}\n${off.replace('Enabled: no\n', '').replace('off', 'on')}`,
    });
    assert.match(stdout, /URIs: http:\/\/on\.example\/debian\nSuites: trixie/);
    assert.doesNotMatch(stdout, /off\.example/);
  });

  it('derives it from a one-line source', async () => {
    const list = `# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-updates main
`;
    const { stdout } = await said({ ...debian('bookworm'), 'apt/sources.list': list });
    assert.match(
      stdout,
      /^list\ndeb \[signed-by=\/k\.gpg arch=amd64\] http:\/\/mirror\.example\/debian trixie main contrib$/m,
    );
  });

  it('takes everything from a machine’s own suite where that is new enough', async () => {
    const { stdout } = await said(debian('trixie'));
    for (const name of [...ALL, 'containerd', 'debootstrap']) {
      assert.match(stdout, new RegExp(`from Debian trixie:.* ${name} `));
    }
    assert.doesNotMatch(stdout, /suite|^sources$|^list$/m);
  });

  for (const [where, uid, etc] of [
    ['elsewhere', '0', { 'os-release': 'ID=fedora\n' }],
    ['not as root', '1000', debian('bookworm')],
  ] as const) {
    it(`installs nothing ${where}, and says in one sentence that there is no Docker`, async () => {
      const ran = await said(etc, uid);
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, /^setup: no docker command is on the path: [^\n]+$/);
      assert.doesNotMatch(ran.stdout, /from Debian/);
    });
  }
});

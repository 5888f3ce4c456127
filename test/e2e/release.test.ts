import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hdEntry } from '../../src/lib/lab/assets.ts';
import { run } from '../../src/lib/lab/process.ts';
import { ownLab, type TestLab } from './support/lab.ts';

/** `hd` as a person runs it: the built program, a real image build, a real registry. */
describe('hd release on the lab', function () {
  this.timeout(120_000);
  let lab: TestLab;

  before(async () => {
    lab = await ownLab('orin');
  });
  after(async () => {
    const answer = await fetch(`${lab.lab.github.url}/_lab/violations`);
    assert.deepEqual(await answer.json(), []);
  });
  afterEach(async () => {
    await fetch(`${lab.lab.github.url}/_lab/faults`, { method: 'DELETE' });
  });

  const fault = async (body: object) => {
    const answer = await fetch(`${lab.lab.github.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201);
  };
  const tags = async () =>
    (await lab.git('ls-remote', '--tags', '--refs', 'origin')).split('\n').filter(Boolean).length;

  it('builds, pushes and proves an image, and says so last', async () => {
    const { exit, stdout, stderr } = await lab.hd(['release', '1.4.0', '--yes']);
    assert.equal(exit, 0, stderr);
    assert.match(
      stdout,
      /^ {2}changed {4}tag v1\.4\.0, image [0-9a-f]{12}, GitHub Release v1\.4\.0\n {2}time {7}.*, of which the run .*\n\n\+ released {2}v1\.4\.0 is built and proven; no environment was touched\n {2}see it {5}http.*\/releases\/tag\/v1\.4\.0\n {2}next {7}hd deploy orin --tag v1\.4\.0\n {2}undo it {4}not possible, a tag is never moved; instead: hd release 1\.4\.1$/,
    );
    assert.match(stderr, /^\S+ info {2}hd \S+: release v1\.4\.0, acme\/healthdelta, login-a, /m);
    assert.match(stderr, /ok {4}prove {3}release GitHub Release v1\.4\.0 with manifest\.json/);

    const head = (await lab.git('rev-parse', 'HEAD')).trim();
    const image = await fetch(`http://${lab.registry}/v2/acme/healthdelta-backend/manifests/v1.4.0`, {
      headers: {
        accept:
          'application/vnd.docker.distribution.manifest.v2+json,application/vnd.oci.image.manifest.v1+json',
      },
    });
    const digest = image.headers.get('docker-content-digest');
    const again = await lab.hd(['release', 'v1.4.0', '--json']);
    const told = JSON.parse(again.stdout) as {
      exit: number;
      outcome: string;
      tag: string;
      release: { commit: string; images: Record<string, string> };
    };
    assert.deepEqual([again.exit, told.exit, told.outcome, told.tag], [0, 0, 'released', 'kept']);
    assert.equal(told.release.commit, head);
    assert.equal(told.release.images['backend'], `${lab.registry}/acme/healthdelta-backend@${digest ?? ''}`);
  });

  it('needs --yes where nobody can be asked', async () => {
    const { exit, stdout, stderr } = await lab.hd(['release', '1.4.1']);
    assert.equal(exit, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /write {6}--yes\n\nx usage {2}nothing was asked or changed {2}\(exit 2\)\n {2}next {7}hd release 1\.4\.1 --yes$/,
    );
  });

  it('answers bad input with one sentence each, without a stack', async () => {
    for (const [args, exit, said] of [
      [['release', '1.4'], 2, /"1\.4" is not a version/],
      [['release', 'v1.4.0; rm -rf /'], 2, /is not a version/],
      [['release', '$(id)'], 2, /is not a version/],
      [['release'], 2, /a release needs a version/],
      [['release', '1.5.0', '--branch', 'none'], 2, /no branch none/],
      [['release', '1.5.0', '--timeout', 'soon'], 2, /--timeout "soon" is not a time/],
      [['release', '1.3.0', '--yes'], 3, /v1\.3\.0 is not newer than v1\.4\.0/],
    ] as const) {
      const ran = await lab.hd(args);
      assert.equal(ran.exit, exit, ran.stderr + ran.stdout);
      assert.match(ran.stdout + ran.stderr, said);
      assert.doesNotMatch(ran.stdout + ran.stderr, /\n\s+at .*:\d+:\d+/);
    }
    assert.equal(await tags(), 1);
  });

  it('without a token, with an unknown one, and with GitHub down: exits 4, 4 and 11', async () => {
    const none = await lab.hd(['release', '1.5.0', '--yes'], { env: { GH_TOKEN: undefined } });
    assert.equal(none.exit, 4, none.stderr);
    assert.match(none.stderr, /gh auth login/);
    const unknown = await lab.hd(['release', '1.5.0', '--yes'], { env: { GH_TOKEN: 'ghp_nobody' } });
    assert.equal(unknown.exit, 4);
    assert.ok(!(unknown.stderr + unknown.stdout).includes('ghp_nobody'));
    await fault({ match: { path: '/repos/' }, kind: 'status', status: 500, times: 100 });
    const down = await lab.hd(['release', '1.5.0', '--yes']);
    assert.equal(down.exit, 11);
    assert.match(
      down.stderr,
      /x unreachable {2}v1\.5\.0 was not released; nothing was created {2}\(exit 11\)/,
    );
    assert.equal(await tags(), 1);
  });

  it('a build that fails is exit 5 with its last words; the fix is another version', async () => {
    const dockerfile = await readFile(join(lab.project, 'Dockerfile'), 'utf8');
    await lab.commit({ Dockerfile: `${dockerfile}COPY nowhere /\n` }, 'Break the build');
    const { exit, stdout, stderr } = await lab.hd(['release', '1.5.0', '--yes']);
    assert.equal(exit, 5, stderr);
    assert.match(stderr, /fail {2}run {5}image step \d+ of \d+, "Build the image", exit \d+/);
    assert.match(stderr, /^\| .*nowhere/m);
    assert.match(stdout, /changed {4}tag v1\.5\.0 at [0-9a-f]{7} exists; no image, no GitHub Release/);
    assert.match(stdout, /x not released {2}v1\.5\.0 has no image; no environment was touched {2}\(exit 5\)/);
    assert.match(stdout, /bad luck, run the failed jobs again: hd release 1\.5\.0\n/);
    assert.match(stdout, /bad code, once the fix is on main: hd release 1\.5\.1$/);
    await lab.commit({ Dockerfile: dockerfile }, 'Mend the build');
    const mended = await lab.hd(['release', '1.5.1', '--yes']);
    assert.equal(mended.exit, 0, mended.stderr);
  });

  it('Ctrl-C while the build runs: exit 130, and the same command finishes', async () => {
    await lab.commit({ behaviour: '# 1.6.0\n' }, 'Make 1.6.0');
    const child = spawn(process.execPath, [hdEntry(), 'release', '1.6.0', '--yes'], {
      cwd: lab.project,
      env: { ...process.env, ...lab.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const out = child.stdout.setEncoding('utf8').toArray();
    for await (const line of createInterface({ input: child.stderr }))
      if (/start run/.test(line)) child.kill('SIGINT');
    assert.equal((await ended)[0], 130);
    const stdout = (await out).join('');
    assert.match(stdout, /changed {4}tag v1\.6\.0 at [0-9a-f]{7} exists/);
    assert.match(
      stdout,
      /! interrupted {2}v1\.6\.0 is not finished; no environment was touched {2}\(exit 130\)/,
    );
    const again = await lab.hd(['release', '1.6.0']);
    assert.equal(again.exit, 0, again.stderr);
    assert.match(again.stdout, /\+ released {2}v1\.6\.0 is built and proven; /);
  });

  it('--sign tags with the operator’s own key', async () => {
    const key = join(lab.home.dir, 'signing');
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
    for (const [name, value] of [
      ['gpg.format', 'ssh'],
      ['user.signingkey', `${key}.pub`],
    ] as const)
      await lab.git('config', name, value);
    const { exit, stderr } = await lab.hd(['release', '1.7.0', '--sign', '--yes']);
    assert.equal(exit, 0, stderr);
    assert.match(stderr, /ok {4}tag {5}v1\.7\.0 at [0-9a-f]{7}, signed, by login-a/);
    await lab.git('tag', '--delete', 'v1.7.0');
    await lab.git('fetch', '--quiet', '--tags', 'origin');
    assert.match(await lab.git('cat-file', 'tag', 'v1.7.0'), /^-----BEGIN SSH SIGNATURE-----$/m);
  });

  it('a dry run prints the gates as its result and creates nothing', async () => {
    const before = await tags();
    const { exit, stdout } = await lab.hd(['release', '--bump', 'major', '--dry-run']);
    assert.equal(exit, 0);
    assert.match(stdout, /^ {2}commit {5}[0-9a-f]{7} {2}head of main, \d+ commits? after v1\.7\.0$/m);
    assert.match(stdout, /^\+ planned {2}v2\.0\.0 would be tagged at [0-9a-f]{7}; nothing was created$/m);
    assert.equal(await tags(), before);
  });
});

import assert from 'node:assert/strict';
import { HdError, UsageError } from '../../../src/lib/domain/errors.ts';
import type { Event } from '../../../src/lib/domain/event.ts';
import type { ReleaseManifest } from '../../../src/lib/flows/release/manifest.ts';
import { rows, startReleaseBench, WORKFLOW, type ReleaseBench } from '../../support/release.ts';

/** The whole flow on an emulated GitHub that runs the workflow for real, and a real registry. */
describe('hd release', function () {
  this.timeout(40_000);
  let bench: ReleaseBench;
  let sha: string;

  beforeEach(async () => {
    bench = await startReleaseBench();
    sha = await bench.commit(
      { '.github/workflows/release.yml': WORKFLOW, 'app.txt': 'one\n' },
      'Measure sleep in local time (#412)',
    );
  });
  afterEach(async () => {
    const violations = await bench.violations();
    await bench.stop();
    assert.deepEqual(violations, []);
  });

  const short = () => sha.slice(0, 7);
  const tags = async () =>
    (await bench.git('ls-remote', '--tags', '--refs', 'origin')).split('\n').filter(Boolean);
  const writes = async () =>
    (await bench.asked()).filter((asked) => asked.method !== 'GET' && asked.path.startsWith('/repos/acme'));
  const manifest = async (tag: string): Promise<ReleaseManifest> => {
    const list = (await (
      await fetch(`${bench.github.url}/repos/acme/healthdelta/releases/tags/${tag}`, {
        headers: { authorization: 'Bearer token-of-login-a' },
      })
    ).json()) as { assets: { url: string }[] };
    const asset = await fetch(list.assets[0]?.url ?? '', {
      headers: { authorization: 'Bearer token-of-login-a', accept: 'application/octet-stream' },
    });
    return (await asset.json()) as ReleaseManifest;
  };

  it('tags, follows, proves, and publishes what it proved', async () => {
    const { end, events, questions, screen, json } = await bench.release({ version: '1.4.0' });
    assert.equal(end.verdict.exit, 0);
    assert.deepEqual(questions, [`Tag ${short()} as v1.4.0? A tag is never moved.`]);
    assert.deepEqual(events[0], {
      type: 'header',
      verb: 'release v1.4.0',
      parts: ['acme/healthdelta', 'login-a'],
    });
    const preview = events.find((event) => event.type === 'preview');
    assert.deepEqual(
      preview?.facts.map(({ mark, label, text }) => [mark, label, text]),
      [
        [undefined, 'commit', `${short()}  head of main`],
        ['ok', 'version', 'the first release; the tag is free'],
        ['ok', 'branch', `${short()} is on main`],
        ['warn', 'checks', `none on ${short()}: nobody checked it`],
        ['ok', 'workflow', 'release.yml runs on v* tags'],
      ],
    );
    assert.deepEqual(rows(events, 'tag'), [`ok v1.4.0 at ${short()}, annotated, by login-a`]);
    assert.deepEqual(
      rows(events, 'run').map((row) =>
        row.replace(/of \d+ steps?/, 'of N steps').replace(/\d+ of N/, 'N of N'),
      ),
      ['ok release.yml #1, 2 of 2 jobs', 'ok test: N of N steps', 'ok image: N of N steps'],
    );
    const image = await manifest('v1.4.0');
    const digest = image.images['backend']?.digest.slice(7, 19) ?? '';
    assert.deepEqual(
      rows(events, 'prove').map((row) => row.replace(/created [\d: -]+/, 'created T')),
      [
        'ok 5 of 5',
        `ok tag: v1.4.0 is still at ${short()}`,
        `ok image: ${bench.registry.host}/acme/healthdelta-backend:v1.4.0 is ${digest}`,
        `ok labels: version 1.4.0, revision ${short()}, created T, source`,
        'ok platform: linux/amd64',
        'ok release: GitHub Release v1.4.0 with manifest.json',
      ],
    );
    assert.equal(
      screen.replace(/time  .*/, 'time       T'),
      `  changed    tag v1.4.0, image ${digest}, GitHub Release v1.4.0
  time       T

✓ released  v1.4.0 is built and proven; no environment was touched
  see it     ${bench.github.url}/acme/healthdelta/releases/tag/v1.4.0
  next       hd deploy staging --tag v1.4.0
  undo it    not possible, a tag is never moved; instead: hd release 1.4.1`,
    );
    assert.equal(json['outcome'], 'released');
    const object = await bench.git('ls-remote', 'origin', 'refs/tags/v1.4.0', 'refs/tags/v1.4.0^{}');
    assert.equal(object.split('\n')[1]?.split('\t')[0], sha, 'an annotated tag of the commit');
  });

  it('writes a manifest with version, tag, commit, digests by platform, run and times', async () => {
    await bench.release({ version: 'v1.4.0' });
    const { createdAt, run, images, ...rest } = await manifest('v1.4.0');
    assert.deepEqual(rest, { schemaVersion: 1, version: '1.4.0', tag: 'v1.4.0', commit: sha });
    assert.deepEqual(Object.keys(images), ['backend']);
    const backend = images['backend'];
    assert.equal(backend?.repository, `${bench.registry.host}/acme/healthdelta-backend`);
    assert.deepEqual(backend.platforms, { 'linux/amd64': backend.digest });
    assert.match(run.url, /\/acme\/healthdelta\/actions\/runs\/\d+$/);
    assert.equal(run.attempt, 1);
    for (const time of [createdAt, run.startedAt, run.completedAt]) assert.match(time ?? '', /^\d{4}-.*Z$/);
  });

  describe('again', () => {
    it('changes nothing where everything is there', async () => {
      await bench.release({ version: '1.4.0' });
      await bench.asked();
      const { end, events, questions, screen } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 0);
      assert.deepEqual(questions, []);
      assert.deepEqual(await writes(), []);
      assert.deepEqual(rows(events, 'tag'), [`idle v1.4.0 is at ${short()} already, kept`]);
      assert.ok(rows(events, 'run').includes('idle release.yml #1 was green already, kept'));
      assert.match(screen, /^✓ released {2}v1\.4\.0 is built and proven already; nothing was changed$/m);
    });

    it('runs the failed jobs again and finishes', async () => {
      await bench.behave({ failAttempts: 1 });
      const first = await bench.release({ version: '1.4.0' });
      assert.equal(first.end.verdict.exit, 5);
      assert.equal(
        first.screen,
        `  changed    tag v1.4.0 at ${short()} exists; no image, no GitHub Release

✗ not released  v1.4.0 has no image; no environment was touched  (exit 5)
  next       bad luck, run the failed jobs again: hd release 1.4.0
             bad code, once the fix is on main: hd release 1.4.1`,
      );
      const failed = first.events.find((event) => event.type === 'item' && event.mark === 'fail');
      assert.ok(failed?.type === 'item');
      assert.match(failed.text, /^step \d of \d, "Build and push backend", exit 3$/);
      assert.deepEqual(failed.foreign?.slice(-2), [
        'building v1.4.0',
        'fetching dependencies failed: read ECONNRESET',
      ]);
      assert.match(rows(first.events, 'run').join('\n'), /^fail release\.yml #1 failed in job image$/m);

      await bench.asked();
      const second = await bench.release({ version: '1.4.0' });
      assert.equal(second.end.verdict.exit, 0, second.screen);
      assert.deepEqual(second.questions, []);
      assert.equal((await writes()).filter(({ path }) => path.includes('rerun-failed-jobs')).length, 1);
      assert.equal((await manifest('v1.4.0')).run.attempt, 2);
    });

    it('makes the GitHub Release that an interrupted command left out', async () => {
      const stopped = await bench.release(
        { version: '1.4.0' },
        { watch: (event, stop) => isStage(event, 'prove', 'busy') && stop() },
      );
      assert.equal(stopped.end.verdict.exit, 130);
      assert.equal(
        stopped.screen,
        `  changed    tag v1.4.0 at ${short()} exists

! interrupted  v1.4.0 is not finished; no environment was touched  (exit 130)
  next       goes on from here: hd release 1.4.0`,
      );
      const { end, screen } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 0);
      assert.match(screen, /^ {2}changed {4}GitHub Release v1\.4\.0$/m);
    });

    it('keeps the GitHub Release of the workflow and adds the manifest', async () => {
      await bench.behave({ githubRelease: true });
      const { end, screen } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 0, screen);
      assert.match(screen, /changed {4}tag v1\.4\.0, image [0-9a-f]{12}, manifest\.json/);
      assert.equal((await manifest('v1.4.0')).tag, 'v1.4.0');
    });
  });

  describe('refuses, and creates nothing', () => {
    afterEach(async () => assert.deepEqual(await writes(), []));

    it('a tag that exists at another commit', async () => {
      await bench.git('tag', '-a', '-m', 'by hand', 'v1.4.0', sha);
      await bench.git('push', '--quiet', 'origin', 'v1.4.0');
      const later = await bench.commit({ 'app.txt': 'two\n' });
      const { end, screen, questions } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 3);
      assert.deepEqual(questions, []);
      assert.match(
        screen,
        new RegExp(`✗ version  tag v1\\.4\\.0 exists at ${short()}, not at ${later.slice(0, 7)}`),
      );
      assert.match(screen, /made .* by login-a; hd never moves a tag/);
      assert.match(screen, /✗ refused {2}v1\.4\.0 was not released; nothing was created {2}\(exit 3\)/);
      assert.match(
        screen,
        new RegExp(
          `to finish v1\\.4\\.0 where it is: hd release 1\\.4\\.0 --commit\\s+${sha}|hd release 1\\.4\\.0 --commit ${sha}`,
        ),
      );
      assert.equal((await tags()).length, 1);
    });

    it('red checks, named with their link and time', async () => {
      await bench.check({ sha, name: 'unit', conclusion: 'success' });
      await bench.check({ sha, name: 'integration', conclusion: 'failure' });
      const { end, screen } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 3);
      assert.match(screen, /✗ checks {3}1 of 2 red: "integration", failed \d\d:\d\d/);
      assert.match(screen, /✓ 3 open {3}version, branch, workflow/);
      assert.match(screen, /next {7}when main is green: hd release 1\.4\.0/);
    });

    it('a version that is not newer; every gate speaks', async () => {
      await bench.git('push', '--quiet', 'origin', `${sha}:refs/tags/v2.0.0`);
      await bench.commit({ '.github/workflows/release.yml': undefined });
      const { end, screen } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 3);
      assert.match(screen, /✗ version {2}v1\.4\.0 is not newer than v2\.0\.0/);
      assert.match(screen, /✗ workflow [0-9a-f]{7} has no \.github\/workflows\/release\.yml/);
      assert.match(screen, /when it has release\.yml: hd release 2\.0\.1/);
    });

    it('a commit of another branch', async () => {
      const other = await bench.commit({ 'app.txt': 'two\n' }, 'Try', 'feature');
      const { end, screen } = await bench.release({ version: '1.4.0', commit: other });
      assert.equal(end.verdict.exit, 3);
      assert.match(screen, new RegExp(`✗ branch   ${other.slice(0, 7)} is not on main`));
    });

    it('to go on when the answer is no', async () => {
      const { end, screen } = await bench.release({ version: '1.4.0' }, { answer: false });
      assert.equal(end.verdict.exit, 130);
      assert.match(screen, /! interrupted {2}v1\.4\.0 was not released; nothing was created/);
    });

    it('to ask without a terminal, and names the flag', async () => {
      await assert.rejects(bench.release({ version: '1.4.0' }, { batch: true }), (error) => {
        assert.ok(error instanceof UsageError);
        assert.deepEqual(error.facts[0], { label: 'write', text: '--yes' });
        return true;
      });
    });

    it('what is no version, and asks nobody', async () => {
      await bench.asked();
      for (const version of ['1.4', 'v1.4.0; rm -rf /', '$(id)', '1.4.0+build', ''])
        await assert.rejects(bench.release({ version }), UsageError, version);
      assert.deepEqual(await bench.asked(), []);
    });

    it('a branch or a commit that is nowhere', async () => {
      await assert.rejects(
        bench.release({ version: '1.4.0', branch: 'none' }),
        /acme\/healthdelta has no branch none/,
      );
      await assert.rejects(bench.release({ version: '1.4.0', commit: 'abcdef0' }), /has no commit abcdef0/);
      await assert.rejects(bench.release({ version: '1.4.0', commit: '$(id)' }), /is not a commit/);
    });

    it('anything on a dry run, with the exit code of the gates', async () => {
      const open = await bench.release({ version: '1.4.0', dryRun: true });
      assert.equal(open.end.verdict.exit, 0);
      assert.match(open.screen, /^ {2}commit {5}[0-9a-f]{7} {2}head of main$/m);
      assert.match(open.screen, /✓ planned {2}v1\.4\.0 would be tagged at [0-9a-f]{7}; nothing was created/);
      await bench.check({ sha, name: 'unit', conclusion: 'failure' });
      const closed = await bench.release({ version: '1.4.0', dryRun: true });
      assert.equal(closed.end.verdict.exit, 3);
      assert.match(closed.screen, /✗ planned {2}1 of 4 gates closed; nothing was created {2}\(exit 3\)/);
    });

    it('when GitHub can’t be reached: exit 11', async () => {
      await bench.fault({ match: { path: '/repos/' }, kind: 'status', status: 502, times: 50 });
      const { end, screen, json } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 11);
      assert.match(screen, /✗ unreachable {2}v1\.4\.0 was not released; nothing was created {2}\(exit 11\)/);
      assert.match(screen, /from the start: hd release 1\.4\.0$/);
      assert.equal((json['error'] as { code: string }).code, 'github-unreachable');
    });
  });

  it('is not allowed without a token, and none is there to be asked for', async () => {
    const { end, screen } = await bench.release({ version: '1.4.0', yes: true }, { token: '' });
    assert.equal(end.verdict.exit, 4, screen);
    assert.match(screen, /GitHub needs a token/);
    assert.match(screen, /gh auth login/);
    assert.deepEqual(await tags(), []);
  });

  it('is not allowed with a token that may not write: the permission is named', async () => {
    const { end, screen } = await bench.release(
      { version: '1.4.0', yes: true },
      { token: 'token-of-login-b' },
    );
    assert.equal(end.verdict.exit, 4, screen);
    assert.match(
      screen.replace(/\s+/g, ' '),
      /may not create tag v1\.4\.0: it lacks contents=write on acme\/healthdelta/,
    );
    assert.deepEqual(await tags(), []);
  });

  it('waits for checks that run, and says so', async () => {
    await bench.check({ sha, name: 'slow', status: 'in_progress' });
    const { end, events } = await bench.release(
      { version: '1.4.0', yes: true },
      {
        watch: (event) => {
          if (isStage(event, 'checks', 'busy'))
            void bench.check({ sha, name: 'slow', conclusion: 'success' });
        },
      },
    );
    assert.equal(end.verdict.exit, 0);
    assert.deepEqual(rows(events, 'checks'), ['ok 1 of 1 green']);
  });

  it('stops waiting for checks at its limit: the gate is closed', async () => {
    await bench.check({ sha, name: 'slow', status: 'in_progress' });
    const { end, screen } = await bench.release({ version: '1.4.0', timeoutMs: 12_000 });
    assert.equal(end.verdict.exit, 3);
    assert.match(screen, /✗ checks {3}1 of 1 not done after [\dms ]+: "slow"/);
  });

  it('does not count an earlier run of its own workflow', async () => {
    await bench.behave({ failAttempts: 1 });
    await bench.release({ version: '1.4.0' });
    await bench.behave({});
    const { end, events } = await bench.release({ version: '1.4.1' });
    assert.equal(end.verdict.exit, 0);
    const preview = events.find((event) => event.type === 'preview');
    assert.equal(preview?.facts.find((fact) => fact.label === 'checks')?.mark, 'warn');
    assert.equal(preview.facts[0]?.text, `${short()}  head of main, 0 commits after v1.4.0`);
  });

  it('counts a bump from the newest release, and a pre-release from its own number', async () => {
    await bench.release({ version: '1.4.0' });
    const tagOf = (events: readonly Event[]) =>
      events.find((event) => event.type === 'header')?.verb.replace('release ', '');
    const dry = { dryRun: true };
    assert.equal(tagOf((await bench.release({ bump: 'minor', ...dry })).events), 'v1.5.0');
    assert.equal(tagOf((await bench.release({ bump: 'minor', pre: 'rc', ...dry })).events), 'v1.5.0-rc.1');
    const pre = await bench.release({ version: '1.5.0', pre: 'rc' });
    assert.equal(pre.end.verdict.exit, 0);
    assert.equal(tagOf((await bench.release({ version: '1.5.0', pre: 'rc', ...dry })).events), 'v1.5.0-rc.2');
    const answer = await fetch(`${bench.github.url}/repos/acme/healthdelta/releases/tags/v1.5.0-rc.1`, {
      headers: { authorization: 'Bearer token-of-login-a' },
    });
    assert.equal(((await answer.json()) as { prerelease: boolean }).prerelease, true);
  });

  it('releases a maintenance line from its own branch, below a newer major', async () => {
    await bench.git('push', '--quiet', 'origin', `${sha}:refs/tags/v1.4.0`);
    const maintained = await bench.commit({ 'fix.txt': 'fix\n' }, 'Fix', 'release/1.4');
    await bench.git('checkout', '--quiet', 'main');
    const head = await bench.commit({ 'app.txt': 'two\n' });
    await bench.git('push', '--quiet', 'origin', `${head}:refs/tags/v2.0.0`);
    assert.equal((await bench.release({ version: '1.4.1' })).end.verdict.exit, 3);
    const { end, screen, events } = await bench.release({ bump: 'patch', branch: 'release/1.4' });
    assert.equal(end.verdict.exit, 0, screen);
    assert.deepEqual(rows(events, 'tag'), [`ok v1.4.1 at ${maintained.slice(0, 7)}, annotated, by login-a`]);
    assert.match(screen, /instead:\s+hd release 1\.4\.2 --branch release\/1\.4/);
  });

  for (const [label, value, wanted] of [
    ['version', '1.3.9', /version says 1\.3\.9, not 1\.4\.0/],
    ['revision', '0'.repeat(40), /revision says 0{40}, not/],
    ['source', 'https://example.com/other', /source says https:\/\/example\.com\/other, not/],
    ['created', '', /no label created/],
  ] as const)
    it(`a ${label} label that lies is no release: exit 5, nothing published`, async () => {
      await bench.behave({ labels: { [label]: value } });
      const { end, screen, events } = await bench.release({ version: '1.4.0' });
      assert.equal(end.verdict.exit, 5);
      assert.match(screen.replace(/\s+/g, ' '), wanted);
      assert.match(
        screen,
        /✗ not released {2}v1\.4\.0 is not what it says; no environment was touched {2}\(exit 5\)/,
      );
      assert.match(screen, /once release\.yml is corrected: hd release 1\.4\.1/);
      assert.ok(rows(events, 'prove').includes('idle release: not asked'));
      assert.ok(!(await writes()).some(({ path }) => path.includes('/releases')));
    });

  it('a green run without an image is no release', async () => {
    await bench.behave({ noImage: true });
    const { end, screen } = await bench.release({ version: '1.4.0' });
    assert.equal(end.verdict.exit, 5);
    assert.match(screen, /✗ not released {2}v1\.4\.0 has no image; no environment was touched/);
  });

  it('a tag that was moved behind its back fails the proof', async () => {
    const other = await bench.commit({ 'app.txt': 'two\n' });
    await bench.behave({ moveTagTo: other });
    const { end, screen } = await bench.release({ version: '1.4.0', commit: sha });
    assert.equal(end.verdict.exit, 5);
    assert.match(screen, new RegExp(`tag: v1\\.4\\.0 is at ${other.slice(0, 7)} now, it was at ${short()}`));
  });

  describe('Ctrl-C', () => {
    const places: [string, (event: Event) => boolean, RegExp][] = [
      [
        'while it looks',
        (event) => event.type === 'header',
        /v1\.4\.0 was not released; nothing was created/,
      ],
      [
        'at the preview',
        (event) => event.type === 'preview',
        /v1\.4\.0 was not released; nothing was created/,
      ],
      ['while it tags', (event) => isStage(event, 'tag', 'busy'), /v1\.4\.0 is not finished/],
      ['while it follows', (event) => isStage(event, 'run', 'busy'), /v1\.4\.0 is not finished/],
    ];
    for (const [where, when, headline] of places)
      it(`${where}: exit 130, what exists, and the same command goes on`, async () => {
        const { end, screen } = await bench.release(
          { version: '1.4.0' },
          { watch: (event, stop) => when(event) && stop() },
        );
        assert.equal(end.verdict.exit, 130);
        assert.match(screen, headline);
        assert.match(screen, /: hd release 1\.4\.0$/);
        assert.equal((await tags()).length, screen.includes('not finished') ? 1 : 0);
        assert.equal((await bench.release({ version: '1.4.0' })).end.verdict.exit, 0);
      });
  });

  it('ends at its limit while the run goes on: exit 9, and the same command goes on', async () => {
    await bench.behave({ hang: true });
    const { end, screen } = await bench.release({ version: '1.4.0', timeoutMs: 60_000 });
    assert.equal(end.verdict.exit, 9);
    assert.match(screen, /release\.yml #1 still runs after 60s \(--timeout\)/);
    assert.match(
      screen,
      /! inconclusive {2}v1\.4\.0 is not finished; no environment was touched {2}\(exit 9\)/,
    );
    assert.match(screen, /goes on from here: hd release 1\.4\.0$/);
  });

  it('ends when no run appears: exit 9 with the tag said', async () => {
    const { end, screen } = await bench.release(
      { version: '1.4.0' },
      {
        watch: (event) => {
          if (isStage(event, 'tag', 'busy'))
            void bench.fault({
              match: { path: 'workflows/release.yml/runs' },
              kind: 'status',
              status: 404,
              times: 1000,
            });
        },
      },
    );
    assert.equal(end.verdict.exit, 9);
    assert.match(screen, /no run of release\.yml for v1\.4\.0 appeared within 2m \(--github-wait\)/);
    assert.match(screen, new RegExp(`changed {4}tag v1\\.4\\.0 at ${short()} exists`));
  });

  it('sits out a short silence of GitHub while it follows', async () => {
    const { end, events } = await bench.release(
      { version: '1.4.0' },
      {
        watch: (event) => {
          if (isStage(event, 'tag', 'ok'))
            void bench.fault({ match: { path: 'actions/runs/' }, kind: 'status', status: 502, times: 6 });
        },
      },
    );
    assert.equal(end.verdict.exit, 0);
    assert.ok(events.some((event) => event.type === 'note' && /502; trying again/.test(event.text)));
  });

  it('a registry that is down after the run is exit 9, and the same command goes on', async () => {
    const down = {
      resolve: () => Promise.reject(new HdError('registry-unreachable', 11, 'the registry can’t be reached')),
    };
    const { end, screen } = await bench.release({ version: '1.4.0' }, { world: { registry: down } });
    assert.equal(end.verdict.exit, 9);
    assert.match(screen, /failed {5}the registry can’t be reached/);
    assert.equal((await bench.release({ version: '1.4.0' })).end.verdict.exit, 0);
  });

  function isStage(event: Event, name: string, mark: string): boolean {
    return event.type === 'stage' && event.name === name && event.mark === mark;
  }
});

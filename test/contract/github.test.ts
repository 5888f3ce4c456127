import assert from 'node:assert/strict';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { GitHub } from '../../src/lib/ports.ts';
import { drip } from '../support/drip.ts';
import { startServer } from '../support/oci.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, WEAK_TOKEN, type Bench } from '../support/github.ts';

const WORKFLOW = `name: release
on: {push: {tags: ['v*']}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - name: Build
        run: |
          echo building
          test "$GITHUB_RUN_ATTEMPT" != 1
`;

describe('GitHub, on the emulator', function () {
  this.timeout(30_000);
  let bench: Bench;
  let sha: string;
  let waits: number[];

  const connect = (options: { token?: string; timeoutMs?: number; path?: string } = {}): GitHub => {
    const { token = TOKEN } = options;
    return createGitHub({
      repository: { owner: OWNER, name: REPOSITORY },
      baseUrl: bench.github.url + (options.path ?? ''),
      clock: systemClock,
      ...(token !== '' && { token: new Secret(token) }),
      timeoutMs: options.timeoutMs ?? 5000,
      retryBaseMs: 5,
      maxWaitMs: 2000,
      onWait: ({ seconds }) => waits.push(seconds),
    });
  };
  const fails = (exit: number, code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HdError, String(error));
    assert.deepEqual([error.exit, error.code], [exit, code], error.message);
    assert.match(error.message, message);
    return true;
  };
  const posts = async (path: RegExp) =>
    (await bench.asked()).filter((asked) => asked.method === 'POST' && path.test(asked.path)).length;

  before(async () => {
    bench = await startBench();
    sha = await bench.commit({
      'README.md': 'hello\n',
      'deploy/run.sh': '#!/bin/sh\n',
      'deploy/logo.bin': '\u0000\u00ff\n',
    });
  });
  after(() => bench.stop());
  beforeEach(async () => {
    waits = [];
    await bench.asked();
  });
  afterEach(async () => assert.deepEqual(await bench.violations(), []));

  describe('reads', () => {
    it('whom the token speaks for; nobody without one', async () => {
      assert.equal(await connect().viewer(), 'login-a');
      assert.equal(await connect({ token: '' }).viewer(), undefined);
    });

    it('branches, tags and commits, and what is not there', async () => {
      const github = connect();
      assert.equal(await github.branchHead('main'), sha);
      assert.equal(await github.branchHead('nobody/here'), undefined);
      assert.equal(await github.tag('v9.9.9'), undefined);
      assert.equal((await github.commit(sha.slice(0, 8)))?.sha, sha);
      assert.equal((await github.commit('main'))?.title, 'Change something');
      assert.equal(await github.commit('0123456789012345678901234567890123456789'), undefined);
    });

    it('how far two commits are apart', async () => {
      await bench.git('branch', '--force', 'old', sha);
      const later = await bench.commit({ 'a.txt': 'a' });
      const github = connect();
      assert.deepEqual(await github.compare(sha, later), { status: 'ahead', aheadBy: 1, behindBy: 0 });
      assert.deepEqual(await github.compare(later, sha), { status: 'behind', aheadBy: 0, behindBy: 1 });
      assert.equal((await github.compare(sha, sha)).status, 'identical');
    });

    it('files with their bytes and modes', async () => {
      const github = connect();
      const file = await github.readFile(sha, 'deploy/run.sh');
      assert.equal(Buffer.from(file?.content ?? []).toString(), '#!/bin/sh\n');
      assert.equal(file?.executable, true);
      assert.equal((await github.readFile(sha, 'README.md'))?.executable, false);
      assert.deepEqual(
        Buffer.from((await github.readFile(sha, 'deploy/logo.bin'))?.content ?? []),
        Buffer.from('\u0000\u00ff\n'),
      );
      assert.equal(await github.readFile(sha, 'deploy'), undefined);
      assert.equal(await github.readFile(sha, 'deploy/none'), undefined);
      assert.deepEqual(await github.listFiles(sha, 'deploy'), ['deploy/logo.bin', 'deploy/run.sh']);
      assert.deepEqual(await github.listFiles(sha, 'deploy/run.sh'), ['deploy/run.sh']);
      assert.deepEqual(await github.listFiles(sha, 'none'), []);
    });

    it('checks and statuses together, each by its newest answer', async () => {
      const commit = await bench.commit({ 'b.txt': 'b' });
      await bench.check({ sha: commit, name: 'unit', conclusion: 'failure' });
      await bench.check({ sha: commit, name: 'unit', conclusion: 'success' });
      await bench.check({ sha: commit, name: 'slow', status: 'in_progress' });
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
      for (const state of ['pending', 'failure']) {
        const body = JSON.stringify({ state, context: 'coverage' });
        const url = `${bench.github.url}/repos/${OWNER}/${REPOSITORY}/statuses/${commit}`;
        await fetch(url, { method: 'POST', headers, body });
      }
      const checks = await connect().checks(commit);
      assert.deepEqual(checks.map(({ name, state }) => `${name} ${state}`).sort(), [
        'coverage failed',
        'slow running',
        'unit passed',
      ]);
    });

    it('the same of an Enterprise server, below /api/v3', async () => {
      assert.equal(await connect({ path: '/api/v3' }).branchHead('main'), await connect().branchHead('main'));
    });

    it('what did not change is not sent again', async () => {
      const github = connect();
      await github.branchHead('main');
      await github.branchHead('main');
      const [first, second] = await bench.asked();
      assert.deepEqual([first?.status, second?.status], [200, 304]);
      const moved = await bench.commit({ 'c.txt': 'c' });
      assert.equal(await github.branchHead('main'), moved);
    });
  });

  describe('a tag', () => {
    it('is annotated, found, listed, and never moved', async () => {
      const github = connect();
      await github.createTag({ tag: 'v0.1.0', commit: sha, message: 'Release v0.1.0' });
      const tag = await github.tag('v0.1.0');
      assert.deepEqual([tag?.commit, tag?.annotated, tag?.tagger?.name], [sha, true, 'login-a']);
      assert.ok((await github.tags()).some((each) => each.tag === 'v0.1.0' && each.commit === sha));
      const other = await bench.commit({ 'd.txt': 'd' });
      await assert.rejects(
        github.createTag({ tag: 'v0.1.0', commit: other, message: 'x' }),
        fails(3, 'tag-elsewhere', /v0\.1\.0 exists at .* never moves/),
      );
      assert.equal((await github.tag('v0.1.0'))?.commit, sha);
    });

    it('that is there at the same commit is success', async () => {
      await connect().createTag({ tag: 'v0.1.0', commit: sha, message: 'again' });
    });

    for (const kind of ['lost', 'cut'] as const)
      it(`is looked for when the answer is ${kind}, and not sent again`, async () => {
        const tag = `v0.2.${kind.length}` as const;
        await bench.fault({ match: { method: 'POST', path: '/git/refs' }, kind });
        await connect().createTag({ tag, commit: sha, message: 'x' });
        assert.equal((await connect().tag(tag))?.commit, sha);
        assert.equal(await posts(/git\/refs/), 1);
      });

    it('is sent a second time only when it was seen not to be there', async () => {
      await bench.fault({ match: { method: 'POST', path: '/git/refs' }, kind: 'status', status: 502 });
      await connect().createTag({ tag: 'v0.3.0', commit: sha, message: 'x' });
      assert.equal(await posts(/git\/refs/), 2);
    });

    it('is not known when neither the answer nor the look comes', async () => {
      const github = connect();
      await bench.fault({ match: { method: 'POST', path: '/git/refs' }, kind: 'lost' });
      await bench.fault({ match: { path: '/git/ref/' }, kind: 'status', status: 502, times: 3 });
      await assert.rejects(
        github.createTag({ tag: 'v0.4.0', commit: sha, message: 'x' }),
        fails(9, 'github-unknown', /answer was lost .* create tag v0\.4\.0/),
      );
    });
  });

  describe('bad luck', () => {
    it('a GET is tried three times, 500 and 502 alike', async () => {
      const github = connect();
      await bench.fault({ match: { path: 'heads' }, kind: 'status', status: 500 });
      await bench.fault({ match: { path: 'heads' }, kind: 'status', status: 502 });
      assert.ok(await github.branchHead('main'));
      await bench.fault({ match: { path: 'heads' }, kind: 'status', status: 502, times: 3 });
      await assert.rejects(
        github.branchHead('main'),
        fails(
          11,
          'github-unreachable',
          /127\.0\.0\.1:\d+ can't be reached to read branch main: it answered 502/,
        ),
      );
    });

    it('an answer that was cut is asked for again, never half believed', async () => {
      await bench.fault({ match: { path: 'heads' }, kind: 'cut' });
      assert.ok(await connect().branchHead('main'));
      await bench.fault({ match: { path: 'heads' }, kind: 'cut', times: 3 });
      await assert.rejects(connect().branchHead('main'), fails(11, 'github-unreachable', /read branch main/));
    });

    it('no answer is an end after its time', async () => {
      await bench.fault({ match: { path: 'heads' }, kind: 'timeout', times: 3 });
      await assert.rejects(
        connect({ timeoutMs: 100 }).branchHead('main'),
        fails(11, 'github-unreachable', /: no whole answer in 100ms \(--answer-timeout\)$/),
      );
    });

    it('an answer that drips without end is no answer', async () => {
      const server = await startServer((_, response) => drip(response));
      try {
        const github = createGitHub({
          repository: { owner: OWNER, name: REPOSITORY },
          baseUrl: `http://${server.host}`,
          clock: systemClock,
          retryBaseMs: 1,
          timeoutMs: 100,
        });
        await assert.rejects(
          github.branchHead('main'),
          fails(11, 'github-unreachable', /: no whole answer in 100ms \(--answer-timeout\)$/),
        );
      } finally {
        await server.stop();
      }
    });

    it('a closed port is named with its code', async () => {
      const closed = await startServer(() => undefined);
      await closed.stop();
      const github = createGitHub({
        repository: { owner: OWNER, name: REPOSITORY },
        baseUrl: `http://${closed.host}`,
        clock: systemClock,
        retryBaseMs: 1,
      });
      await assert.rejects(
        github.branchHead('main'),
        fails(11, 'github-unreachable', /127\.0\.0\.1:\d+ .*ECONNREFUSED/),
      );
    });

    it('a secondary limit is waited for and said, for a write as well', async () => {
      await bench.fault({ match: { path: 'heads' }, kind: 'secondary-limit', retryAfter: 1 });
      assert.ok(await connect().branchHead('main'));
      await bench.fault({
        match: { method: 'POST', path: '/git/refs' },
        kind: 'secondary-limit',
        retryAfter: 1,
      });
      await connect().createTag({ tag: 'v0.5.0', commit: sha, message: 'x' });
      assert.deepEqual(waits, [1, 1]);
    });

    it('a limit that lasts too long is an end that says until when', async () => {
      await bench.fault({ match: { path: 'heads' }, kind: 'secondary-limit', retryAfter: 900 });
      await assert.rejects(connect().branchHead('main'), fails(11, 'github-rate-limit', /ends in 900 s/));
      await bench.fault({ match: { path: 'heads' }, kind: 'rate-limit', retryAfter: 900 });
      await assert.rejects(
        connect().branchHead('main'),
        fails(11, 'github-rate-limit', /ends at \d\d:\d\d:\d\dZ/),
      );
      assert.deepEqual(waits, []);
    });
  });

  describe('permission', () => {
    it('the missing one is named as GitHub names it', async () => {
      await assert.rejects(
        connect({ token: WEAK_TOKEN }).createTag({ tag: 'v7.0.0', commit: sha, message: 'x' }),
        fails(
          4,
          'github-permission',
          /may not create tag v7\.0\.0: it lacks contents=write on acme\/healthdelta/,
        ),
      );
      assert.equal(await posts(/git/), 1);
    });

    it('a token that GitHub does not know is refused with the way to one', async () => {
      await assert.rejects(connect({ token: 'nonsense' }).viewer(), (error: HdError) => {
        fails(4, 'github-token', /does not accept the token/)(error);
        assert.deepEqual(error.next[0]?.command, ['gh', 'auth', 'login']);
        assert.ok(!JSON.stringify(error).includes('nonsense'));
        return true;
      });
    });

    it('without a token nothing is written, nor asked', async () => {
      await assert.rejects(
        connect({ token: '' }).createTag({ tag: 'v7.0.0', commit: sha, message: 'x' }),
        fails(4, 'github-token', /needs a token to create tag v7\.0\.0/),
      );
      assert.deepEqual(await bench.asked(), []);
    });

    it('a repository that the token may not see is no empty repository', async () => {
      const github = createGitHub({
        repository: { owner: OWNER, name: 'another' },
        baseUrl: bench.github.url,
        clock: systemClock,
        token: new Secret(TOKEN),
      });
      await assert.rejects(github.tag('v1.0.0'), fails(4, 'github-permission', /acme\/another/));
    });
  });

  describe('a run', () => {
    it('is found by its tag and commit, followed, read, and run again', async () => {
      const github = connect();
      const commit = await bench.commit({ '.github/workflows/release.yml': WORKFLOW });
      assert.deepEqual(await github.workflow('release.yml'), {
        name: 'release',
        path: '.github/workflows/release.yml',
        active: true,
      });
      assert.equal(await github.workflow('none.yml'), undefined);
      assert.equal(await github.runOfTag('release.yml', 'v1.0.0', commit), undefined);
      await github.createTag({ tag: 'v1.0.0', commit, message: 'x' });

      const done = async (attempt: number) => {
        for (;;) {
          const run = await github.runOfTag('release.yml', 'v1.0.0', commit);
          if (run?.status === 'completed' && run.attempt === attempt) return github.run(run.id);
        }
      };
      const first = await done(1);
      assert.equal(first.conclusion, 'failure');
      const [job] = await github.jobs(first.id);
      assert.deepEqual([job?.name, job?.conclusion], ['image', 'failure']);
      assert.ok(job?.steps.some((step) => step.name === 'Build' && step.conclusion === 'failure'));
      const log = await github.jobLog(job?.id ?? 0, 100);
      assert.ok(log.includes('building'), log.join('\n'));
      assert.ok(log.includes('##[error]Process completed with exit code 1.'), log.join('\n'));
      assert.deepEqual(await github.jobLog(999_999, 10), []);
      const own = (await github.checks(commit)).find((check) => check.name === 'image');
      assert.deepEqual([own?.workflow, own?.state], ['release.yml', 'failed']);

      await bench.asked();
      await bench.fault({ match: { method: 'POST', path: 'rerun-failed-jobs' }, kind: 'lost' });
      await github.rerunFailed(first.id);
      assert.equal(await posts(/rerun-failed-jobs/), 1);
      assert.equal((await done(2)).conclusion, 'success');
    });
  });

  describe('a release', () => {
    it('is drafted, found as a draft, given its manifest, published once', async () => {
      const github = connect();
      await github.createTag({ tag: 'v2.0.0-rc.1', commit: sha, message: 'x' });
      assert.equal(await github.release('v2.0.0-rc.1'), undefined);
      await bench.asked();
      await bench.fault({ match: { method: 'POST', path: '/releases' }, kind: 'lost' });
      const draft = await github.createRelease({
        tag: 'v2.0.0-rc.1',
        commit: sha,
        prerelease: true,
        draft: true,
      });
      assert.equal(await posts(/\/releases$/), 1);
      assert.deepEqual([draft.draft, draft.prerelease], [true, true]);
      assert.equal((await github.release('v2.0.0-rc.1'))?.id, draft.id);

      assert.equal(await github.readAsset(draft, 'manifest.json'), undefined);
      await github.uploadAsset(draft, 'manifest.json', '{"a":"é"}\n');
      await bench.asked();
      await bench.fault({ match: { method: 'POST', path: '/assets' }, kind: 'lost' });
      await github.uploadAsset(draft, 'manifest.json', '{"a":"ü"}\n');
      assert.equal(await posts(/assets/), 1);

      const published = await github.publishRelease(draft);
      assert.deepEqual([published.draft, published.prerelease], [false, true]);
      const read = await github.release('v2.0.0-rc.1');
      assert.deepEqual(
        read?.assets.map((asset) => asset.name),
        ['manifest.json'],
      );
      assert.equal(await github.readAsset(read, 'manifest.json'), '{"a":"ü"}\n');
    });

    it('never sends the token to a host that is not GitHub’s', async () => {
      const github = connect();
      const release = await github.createRelease({
        tag: 'v0.1.0',
        commit: sha,
        prerelease: false,
        draft: false,
      });
      await assert.rejects(
        github.uploadAsset({ ...release, uploadUrl: 'https://uploads.example.com/x{?name}' }, 'm', ''),
        fails(4, 'github-upload-host', /uploads\.example\.com/),
      );
    });
  });
});

import assert from 'node:assert/strict';
import { UsageError } from '../../../src/lib/domain/errors.ts';
import {
  proveImages,
  proveLabels,
  provePlatforms,
  type FoundImage,
} from '../../../src/lib/flows/release/images.ts';
import { announcedJobs, jobRows, lastWords } from '../../../src/lib/flows/follow/jobs.ts';
import { buildManifest, saysTheSame, writeManifest } from '../../../src/lib/flows/release/manifest.ts';
import { orStop } from '../../../src/lib/flows/follow/stop.ts';
import {
  assertRequest,
  nextPatch,
  releasedVersions,
  wantedVersion,
} from '../../../src/lib/flows/release/version.ts';
import type { WorkflowJob } from '../../../src/lib/ports.ts';

const FLAGS = { sign: false, dryRun: false, yes: false, timeoutMs: 1 };
const DIGEST = `sha256:${'9'.repeat(64)}` as const;
const SHA = '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d';

describe('the version of a release', () => {
  const releases = ['1.3.2', '1.4.0', '1.5.0-rc.1', '1.5.0-rc.2', '1.5.0-beta.7'];
  const wanted = (over: object) => wantedVersion({ ...FLAGS, ...over }, releases, '1.4.0');

  it('is what was typed, or the next after the newest', () => {
    assert.equal(wanted({ version: 'v2.0.0' }), '2.0.0');
    assert.equal(wanted({ bump: 'patch' }), '1.4.1');
    assert.equal(wanted({ bump: 'minor' }), '1.5.0');
    assert.equal(wanted({ bump: 'major' }), '2.0.0');
    assert.equal(wantedVersion({ ...FLAGS, bump: 'minor' }, [], undefined), '0.1.0');
  });

  it('of a pre-release counts up from those that there are', () => {
    assert.equal(wanted({ version: '1.5.0', pre: 'rc' }), '1.5.0-rc.3');
    assert.equal(wanted({ version: '1.5.0', pre: 'alpha' }), '1.5.0-alpha.1');
    assert.equal(wanted({ bump: 'minor', pre: 'beta' }), '1.5.0-beta.8');
    assert.equal(wanted({ version: '1.50.0', pre: 'rc' }), '1.50.0-rc.1');
  });

  it('is refused before anything is asked when the request makes no sense', () => {
    for (const over of [
      {},
      { version: '1.4.0', bump: 'patch' as const },
      { version: '1.4.0-rc.1', pre: 'rc' },
      { version: '1.4.0', pre: '1' },
      { version: '1.4.0', pre: 'rc;id' },
      { version: '1.4.0', commit: 'main' },
      { version: '1.4.0', commit: '--all' },
    ])
      assert.throws(() => assertRequest({ ...FLAGS, ...over }), UsageError, JSON.stringify(over));
    assertRequest({ ...FLAGS, version: '1.4.0', pre: 'rc', commit: 'abcdef0' });
  });

  it('is read from tags that are releases, and from no others', () => {
    const tags = ['v1.4.0', 'v1.4', 'latest', '1.4.0', 'vv1.0.0', 'v1.0.0+build', 'v2.0.0-rc.1'];
    assert.deepEqual(releasedVersions(tags.map((tag) => ({ tag }))), ['1.4.0', '2.0.0-rc.1']);
  });

  it('that comes next after one that can’t be', () => {
    assert.equal(nextPatch('1.4.0'), '1.4.1');
    assert.equal(nextPatch('1.5.0-rc.1'), '1.5.0-rc.2');
  });
});

describe('the jobs of a run', () => {
  const announced = announcedJobs(`
jobs:
  test: {}
  image: {needs: test, name: build image}
  release: {needs: [test, image]}
  matrix: {}
`);
  const step = (number: number, conclusion?: string) => ({
    ...{ number, name: `Step ${number}` },
    ...(conclusion === undefined
      ? { status: 'running' as const }
      : { status: 'completed' as const, conclusion }),
  });
  const job = (name: string, over: Partial<WorkflowJob>): WorkflowJob => ({
    id: 1,
    name,
    status: 'queued',
    url: '',
    steps: [],
    ...over,
  });

  it('are rows: listed ones first, announced ones with what they wait for', () => {
    const jobs = [
      job('test', {
        status: 'completed',
        conclusion: 'success',
        steps: [step(1, 'success'), step(2, 'skipped')],
        startedAt: '2026-11-19T15:00:00Z',
        completedAt: '2026-11-19T15:00:48Z',
      }),
      job('build image', { status: 'running', steps: [step(1, 'success'), step(2)] }),
      job('matrix (linux)', { status: 'waiting' }),
    ];
    assert.deepEqual(jobRows(jobs, announced, false), [
      { name: 'test', mark: 'ok', text: '2 of 2 steps', ms: 48_000 },
      { name: 'build image', mark: 'busy', text: 'step 2 of 2, "Step 2"' },
      { name: 'matrix (linux)', mark: 'idle', text: 'waits for somebody on GitHub' },
      { name: 'release', mark: 'idle', text: 'after test, build image' },
    ]);
  });

  it('that failed name their step; what came after was not run', () => {
    const failed = job('build image', {
      status: 'completed',
      conclusion: 'failure',
      steps: [step(1, 'success'), step(2, 'failure')],
    });
    const [row, ...rest] = jobRows(
      [failed, job('test', { status: 'completed', conclusion: 'skipped' })],
      announced,
      true,
    );
    assert.deepEqual(row, { name: 'build image', mark: 'fail', text: 'step 2 of 2, "Step 2"' });
    assert.deepEqual(
      rest.map(({ mark, text }) => `${mark} ${text}`),
      ['idle not run', 'idle not run', 'idle not run'],
    );
    const [lost] = jobRows([job('test', { status: 'completed', conclusion: 'timed_out' })], [], true);
    assert.deepEqual(lost, { name: 'test', mark: 'fail', text: 'timed out' });
  });

  it('are none in a file that is no workflow', () => {
    for (const text of ['', '}{', 'jobs: 3', 'on: push']) assert.deepEqual(announcedJobs(text), []);
  });

  it('have last words: what stands before the error, and the status', () => {
    const log = ['one', 'two', '##[error]Process completed with exit code 3.', 'Cleaning up'];
    assert.deepEqual(lastWords(log, 1), { lines: ['two'], exit: 3 });
    assert.deepEqual(lastWords(['one', '##[error]No space left'], 8), { lines: ['one', 'No space left'] });
    assert.deepEqual(lastWords(['one', 'two'], 8), { lines: ['one', 'two'] });
  });
});

describe('the proof of images', () => {
  const labels = {
    'org.opencontainers.image.version': '1.4.0',
    'org.opencontainers.image.revision': SHA,
    'org.opencontainers.image.created': '2026-11-19T15:01:18Z',
    'org.opencontainers.image.source': 'https://github.com/acme/healthdelta',
  };
  const found = (service: string, ...platforms: [string, Record<string, string>][]): FoundImage => ({
    service,
    repository: `ghcr.io/acme/${service}`,
    reference: 'v1.4.0',
    resolved: {
      digest: DIGEST,
      platforms: platforms.map(([platform, own]) => ({ platform, digest: DIGEST, labels: own, layers: [] })),
    },
  });
  const expected = {
    version: '1.4.0',
    commit: SHA,
    source: 'https://github.com/acme/healthdelta',
    zone: 'America/New_York',
    now: Date.parse('2026-11-19T15:02:00Z'),
  };

  it('reads as screen 2', () => {
    const images = [found('backend', ['linux/amd64', labels], ['linux/arm64', labels])];
    assert.equal(proveImages(images, 'v1.4.0').text, 'ghcr.io/acme/backend:v1.4.0 is 999999999999');
    assert.equal(
      proveLabels(images, expected).text,
      'version 1.4.0, revision 8c3f2e1, created 10:01:18, source',
    );
    assert.equal(provePlatforms(images).text, 'linux/amd64, linux/arm64');
  });

  it('takes every platform of every image: one that lies is enough', () => {
    const liar = { ...labels, 'org.opencontainers.image.revision': 'f'.repeat(40) };
    const images = [
      found('backend', ['linux/amd64', labels]),
      found('worker', ['linux/amd64', labels], ['linux/arm64', liar]),
    ];
    const proof = proveLabels(images, expected);
    assert.equal(proof.ok, false);
    assert.equal(proof.text, `revision says ${'f'.repeat(40)}, not ${SHA}, on worker linux/arm64`);
    assert.equal(provePlatforms(images).text, 'backend linux/amd64, worker linux/amd64 linux/arm64');
  });

  for (const [source, ok] of [
    ['https://github.com/acme/healthdelta.git', true],
    ['https://github.com/Acme/HealthDelta/', true],
    ['git+https://github.com/acme/healthdelta', true],
    ['https://github.com/acme/healthdelta2', false],
    ['https://example.com/https://github.com/acme/healthdelta', false],
    ['', false],
  ] as const)
    it(`a source of ${JSON.stringify(source)} ${ok ? 'is ours' : 'is not ours'}`, () => {
      const own = { ...labels, 'org.opencontainers.image.source': source };
      assert.equal(proveLabels([found('backend', ['linux/amd64', own])], expected).ok, ok);
    });

  it('fails for an image that is not there, by name', () => {
    const missing = { ...found('worker'), resolved: undefined };
    assert.deepEqual(proveImages([found('backend'), missing], 'v1.4.0'), {
      check: 'image',
      ok: false,
      text: 'ghcr.io/acme/worker:v1.4.0 is not there',
    });
    assert.equal(proveImages([], 'v1.4.0').ok, false);
  });
});

describe('the manifest of a release', () => {
  const run = {
    id: 7,
    number: 1,
    attempt: 1,
    title: 'v1.4.0',
    workflow: 'release.yml',
    commit: SHA,
    by: 'login-a',
    status: 'completed' as const,
    url: 'https://x/7',
    startedAt: '2026-11-19T15:00:00Z',
  };
  const build = (now: number, version = '1.4.0') =>
    buildManifest({ version, tag: `v${version}`, commit: SHA }, {}, { run, jobs: [] }, now);

  it('is canonical JSON, and says the same whenever it was written', () => {
    const text = writeManifest(build(0));
    assert.equal(
      text,
      `{"commit":"${SHA}","createdAt":"1970-01-01T00:00:00.000Z","images":{},"run":{"attempt":1,"id":7,"startedAt":"2026-11-19T15:00:00Z","url":"https://x/7"},"schemaVersion":1,"tag":"v1.4.0","version":"1.4.0"}\n`,
    );
    assert.ok(saysTheSame(text, build(1)));
    assert.ok(!saysTheSame(text, build(1, '1.4.1')));
    for (const other of ['', '{', 'null', '[]', '{}']) assert.ok(!saysTheSame(other, build(1)), other);
  });
});

describe('waiting that a stop ends', () => {
  it('gives what came, passes on what failed, and rejects at once when asked to stop', async () => {
    const stop = new AbortController();
    assert.equal(await orStop(stop.signal, Promise.resolve(3)), 3);
    await assert.rejects(orStop(stop.signal, Promise.reject(new Error('no'))), /no/);
    const waiting = orStop(stop.signal, new Promise(() => undefined));
    stop.abort();
    await assert.rejects(waiting, { code: 'interrupted' });
    await assert.rejects(orStop(stop.signal, Promise.reject(new Error('unheard'))), { code: 'interrupted' });
  });
});

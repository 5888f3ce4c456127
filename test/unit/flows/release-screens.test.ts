import assert from 'node:assert/strict';
import { HdError, InterruptedError, UnreachableError } from '../../../src/lib/domain/errors.ts';
import type { Environment } from '../../../src/lib/domain/environment.ts';
import { brokenOff } from '../../../src/lib/flows/release/broken-off.ts';
import { notProven, planned, refused, released, runFailed } from '../../../src/lib/flows/release/end.ts';
import { previewOf } from '../../../src/lib/flows/release/preview.ts';
import { newState, type ReleaseState } from '../../../src/lib/flows/release/state.ts';
import { concludeRun } from '../../../src/lib/flows/follow/run.ts';
import type { Proof } from '../../../src/lib/flows/release/images.ts';
import { showProofs } from '../../../src/lib/flows/release/prove.ts';
import type { ReleaseWorld } from '../../../src/lib/flows/release/world.ts';
import type { Event } from '../../../src/lib/domain/event.ts';
import { Board } from '../../../src/lib/ui/board.ts';
import { judgeRelease, type ReleaseFacts } from '../../../src/lib/gates/release/index.ts';
import { previewOf as previewView, viewLines } from '../../../src/lib/ui/view.ts';
import { plainText } from '../../../src/lib/ui/style.ts';
import { draw } from '../../support/release.ts';

const SHA = '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d';
const DIGEST = 'sha256:9f2c41d07be3a5c8e1f4b7d0a3c6e9f2b5d8a1c4e7f0b3d6a9c2e5f8b1d4a7c0' as const;
const FLAGS = { sign: false, dryRun: false, yes: false, timeoutMs: 1 };

const passed = { state: 'passed' as const };
const facts: ReleaseFacts = {
  version: '1.4.0',
  tag: 'v1.4.0',
  commit: { sha: SHA, title: 'Measure sleep in local time (#412)', date: '' },
  branch: { name: 'main', head: SHA },
  maintenance: false,
  position: 'head',
  releases: ['1.3.2'],
  checks: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, ...passed })),
  workflow: { file: 'release.yml', disabled: false, text: "on: {push: {tags: ['v*']}}" },
  zone: 'America/New_York',
  now: Date.parse('2026-11-19T14:58:00Z'),
};

const platform = { platform: 'linux/amd64', digest: DIGEST, labels: {}, layers: [] };
const image = {
  service: 'backend',
  repository: 'ghcr.io/acme/healthdelta-backend',
  reference: 'v1.4.0',
  resolved: { digest: DIGEST, platforms: [platform] },
};

function state(over: Partial<ReleaseState> = {}): ReleaseState {
  return {
    ...newState({ version: '1.4.0', ...FLAGS }),
    ...{ version: '1.4.0', tag: 'v1.4.0' as const, commit: SHA, free: '1.4.1', login: 'login-a' },
    verdicts: judgeRelease(facts),
    ...over,
  };
}

const environment = (name: string, host: string, production = false) =>
  ({ name, production, hosts: [{ name: host, local: host === 'local' }] }) as unknown as Environment;
const environments = [
  environment('local', 'local'),
  environment('orin', 'orin'),
  environment('staging', 'staging-1'),
  environment('prod', 'prod-1', true),
];

function draws(board: Board, event: Event): void {
  if (event.type === 'stage') board.stage(event, 0);
  if (event.type === 'item') board.item(event, 0);
}

/** Held against screens.md, 2, word by word. */
describe('the screens of hd release', () => {
  it('preview', () => {
    const observed = { facts, login: 'login-a', previous: { version: '1.3.2', commits: 9 } };
    const event = { type: 'preview' as const, facts: previewOf(observed, judgeRelease(facts)) };
    const lines = viewLines(previewView(event), { ascii: false, width: 80, zone: 'UTC' });
    assert.equal(
      lines.map(plainText).join('\n'),
      `  commit     8c3f2e1  head of main, 9 commits after v1.3.2
             "Measure sleep in local time (#412)"
  ✓ version  newer than v1.3.2; the tag is free
  ✓ branch   8c3f2e1 is on main
  ✓ checks   6 of 6 green
  ✓ workflow release.yml runs on v* tags`,
    );
  });

  it('the rows that stay', () => {
    const board = new Board(['gates', 'tag', 'run', 'prove'].map((name) => ({ name, text: '' })));
    const world = { reporter: { event: (event: Event) => draws(board, event) } };
    const run = {
      id: 1,
      number: 218,
      attempt: 1,
      status: 'completed' as const,
      conclusion: 'success',
      title: 'v1.4.0',
      workflow: 'release.yml',
      commit: '8c3f2e1',
      by: 'login-a',
      url: 'https://x',
    };
    const job = (name: string) => ({
      id: 1,
      name,
      status: 'completed' as const,
      conclusion: 'success',
      url: '',
      steps: [],
    });
    const followed = { run, jobs: ['test', 'image', 'release'].map(job), ms: 191_000 };
    const ended = concludeRun(
      followed,
      { file: 'release.yml', text: '' },
      world as unknown as ReleaseWorld,
      false,
    );
    const proofs: Proof[] = [
      { check: 'tag', ok: true, text: 'v1.4.0 is still at 8c3f2e1' },
      { check: 'image', ok: true, text: 'ghcr.io/acme/healthdelta-backend:v1.4.0 is 9f2c41d07be3' },
      { check: 'labels', ok: true, text: 'version 1.4.0, revision 8c3f2e1, created 10:01:18, source' },
      { check: 'platform', ok: true, text: 'linux/amd64, linux/arm64' },
      { check: 'release', ok: true, text: 'GitHub Release v1.4.0 with manifest.json' },
    ];
    showProofs(world.reporter, proofs, 2100);
    assert.equal(
      board.final({ ascii: false, width: 80, zone: 'UTC' }, 0).map(plainText).join('\n'),
      `  ✓ run      release.yml #218, 3 of 3 jobs                                3m 11s
  ✓ prove    5 of 5                                                         2.1s
      ✓ tag      v1.4.0 is still at 8c3f2e1
      ✓ image    ghcr.io/acme/healthdelta-backend:v1.4.0 is 9f2c41d07be3
      ✓ labels   version 1.4.0, revision 8c3f2e1, created 10:01:18, source
      ✓ platform linux/amd64, linux/arm64
      ✓ release  GitHub Release v1.4.0 with manifest.json`,
    );
    return ended;
  });

  it('the rows that stay where everything is there', () => {
    const board = new Board(['tag', 'run'].map((name) => ({ name, text: '' })));
    draws(board, { type: 'stage', name: 'tag', mark: 'idle', text: 'v1.4.0 is at 8c3f2e1 already, kept' });
    assert.equal(
      board.final({ ascii: false, width: 80, zone: 'UTC' }, 0).map(plainText).join('\n'),
      '  · tag      v1.4.0 is at 8c3f2e1 already, kept',
    );
  });

  it('released', () => {
    const durationsMs = { gates: 1200, tag: 600, run: 191_000, prove: 2100 };
    const done = state({ tagIs: 'made', images: [image], published: ['release', 'manifest'], durationsMs });
    assert.equal(
      draw({ end: released(done, environments, 'https://github.com/acme/healthdelta/releases/tag/v1.4.0') }),
      `  changed    tag v1.4.0, image 9f2c41d07be3, GitHub Release v1.4.0
  time       3m 15s, of which the run 3m 11s

✓ released  v1.4.0 is built and proven; no environment was touched
  see it     https://github.com/acme/healthdelta/releases/tag/v1.4.0
  next       hd deploy staging --tag v1.4.0
  undo it    not possible, a tag is never moved; instead: hd release 1.4.1`,
    );
  });

  it('refused', () => {
    const existing = {
      tag: 'v1.4.0',
      commit: `5b0d9a4${'0'.repeat(33)}`,
      annotated: true,
      tagger: { name: 'login-b', date: '2026-11-18T21:40:00Z' },
    };
    const red = {
      name: 'integration',
      state: 'failed' as const,
      completedAt: '2026-11-19T14:51:00Z',
      url: 'https://github.com/acme/healthdelta/actions/runs/11873391002',
    };
    const verdicts = judgeRelease({ ...facts, existing, checks: [...facts.checks.slice(1), red] });
    assert.equal(
      draw({ end: refused(state({ verdicts, existing })) }),
      `  ✗ version  tag v1.4.0 exists at 5b0d9a4, not at 8c3f2e1
             made 2026-11-18 16:40 by login-b; hd never moves a tag
  ✗ checks   1 of 6 red: "integration", failed 09:51
             https://github.com/acme/healthdelta/actions/runs/11873391002
  ✓ 2 open   branch, workflow

✗ refused  v1.4.0 was not released; nothing was created  (exit 3)
  next       when main is green: hd release 1.4.1`,
    );
  });

  it('a job failed', () => {
    const failed = state({ tagIs: 'made', images: [{ ...image, resolved: undefined }] });
    assert.equal(
      draw({ end: runFailed(failed, 'main') }),
      `  changed    tag v1.4.0 at 8c3f2e1 exists; no image, no GitHub Release

✗ not released  v1.4.0 has no image; no environment was touched  (exit 5)
  next       bad luck, run the failed jobs again: hd release 1.4.0
             bad code, once the fix is on main: hd release 1.4.1`,
    );
  });

  it('a job failed after the image was pushed', () => {
    const lines = draw({ end: runFailed(state({ tagIs: 'made', images: [image] }), 'main') });
    assert.match(lines, /changed {4}tag v1\.4\.0 at 8c3f2e1 exists; image 9f2c41d07be3, no GitHub Release/);
    assert.match(lines, /✗ not released {2}v1\.4\.0 is not built; no environment was touched/);
  });

  it('not proven', () => {
    const proof = { check: 'labels' as const, ok: false, text: 'no label created, on backend linux/amd64' };
    assert.equal(
      draw({ end: notProven(state({ tagIs: 'made', images: [image], proofs: [proof] }), 'release.yml') }),
      `  failed     labels: no label created, on backend linux/amd64
  changed    tag v1.4.0 at 8c3f2e1 exists; image 9f2c41d07be3, no GitHub Release

✗ not released  v1.4.0 is not what it says; no environment was touched  (exit 5)
  next       once release.yml is corrected: hd release 1.4.1`,
    );
  });

  it('nothing to do', () => {
    assert.equal(
      draw({ end: released(state({ tagIs: 'kept', images: [image] }), [], 'https://github.com/x') }),
      `✓ released  v1.4.0 is built and proven already; nothing was changed
  see it     https://github.com/x
  undo it    not possible, a tag is never moved; instead: hd release 1.4.1`,
    );
  });

  it('planned, with open and with closed gates', () => {
    assert.equal(
      draw({ end: planned(state(), []) }),
      `✓ planned  v1.4.0 would be tagged at 8c3f2e1; nothing was created
  next       do it: hd release 1.4.0`,
    );
    const verdicts = judgeRelease({ ...facts, position: 'elsewhere' });
    assert.equal(
      draw({ end: planned(state({ verdicts }), []) }),
      `✗ planned  1 of 4 gates closed; nothing was created  (exit 3)
  next       when 8c3f2e1 is on main: hd release 1.4.0`,
    );
  });

  describe('broken off', () => {
    it('before anything was made it has its own exit, and starts anew', () => {
      const error = new UnreachableError(
        'github',
        'api.github.com can’t be reached to list the tags: ENOTFOUND',
      );
      assert.equal(
        draw({ end: brokenOff(newState({ version: 'v1.4.0', branch: 'v1.x', ...FLAGS }), error) }),
        `  failed     api.github.com can’t be reached to list the tags: ENOTFOUND

✗ unreachable  v1.4.0 was not released; nothing was created  (exit 11)
  next       from the start: hd release 1.4.0 --branch v1.x`,
      );
    });

    it('afterwards nobody knows: exit 9, and the same command goes on', () => {
      const error = new UnreachableError('github', 'api.github.com can’t be reached');
      const { verdict } = brokenOff(state({ tagIs: 'made' }), error);
      assert.deepEqual([verdict.exit, verdict.mark, verdict.outcome], [9, 'warn', 'inconclusive']);
    });

    it('a tag whose answer was lost is said to be unknown', () => {
      const error = new HdError('github-unknown', 9, 'the answer was lost');
      assert.equal(
        draw({ end: brokenOff(state({ tagIs: 'unknown' }), error) }),
        `  failed     the answer was lost
  known      whether tag v1.4.0 exists is not known

! inconclusive  v1.4.0 is not finished; no environment was touched  (exit 9)
  next       goes on from here: hd release 1.4.0`,
      );
    });

    it('interrupted before the version was known repeats what was typed', () => {
      const asked = newState({ bump: 'minor', pre: 'rc', ...FLAGS });
      assert.equal(
        draw({ end: brokenOff(asked, new InterruptedError()) }),
        `! interrupted  the version was not released; nothing was created  (exit 130)
  next       from the start: hd release --bump minor --pre rc`,
      );
    });
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import semver from 'semver';
import {
  judgeRelease,
  releaseGates,
  releasesOfLine,
  type ReleaseFacts,
} from '../../../../src/lib/gates/release/index.ts';
import { triggerOf } from '../../../../src/lib/gates/release/triggers.ts';

const SHA = '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d';
const OTHER = '5b0d9a4000000000000000000000000000000000';

function facts(over: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return {
    version: '1.4.0',
    tag: 'v1.4.0',
    commit: { sha: SHA, title: 'Measure sleep in local time (#412)', date: '2026-11-19T14:00:00Z' },
    branch: { name: 'main', head: SHA },
    maintenance: false,
    position: 'head',
    releases: ['1.3.2', '1.3.1'],
    checks: Array.from({ length: 6 }, (_, n) => ({ name: `check ${n}`, state: 'passed' as const })),
    workflow: { file: 'release.yml', disabled: false, text: "on: {push: {tags: ['v*']}}" },
    zone: 'America/New_York',
    now: Date.parse('2026-11-19T14:58:00Z'),
    ...over,
  };
}

const row = (gate: string, over: Partial<ReleaseFacts> = {}) => {
  const verdict = judgeRelease(facts(over)).find((each) => each.gate === gate);
  return [verdict?.state, verdict?.text, ...(verdict?.more ?? [])];
};

describe('the gates of a release', () => {
  it('say what screen 2 says when all are open', () => {
    assert.deepEqual(
      judgeRelease(facts()).map(({ gate, state, text }) => `${gate} ${state}: ${text}`),
      [
        'version open: newer than v1.3.2; the tag is free',
        'branch open: 8c3f2e1 is on main',
        'checks open: 6 of 6 green',
        'workflow open: release.yml runs on v* tags',
      ],
    );
  });

  it('all judge, none throws, whatever the facts', () => {
    const state = fc.constantFrom('passed' as const, 'failed' as const, 'running' as const);
    const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(
        version,
        fc.array(version),
        fc.array(fc.record({ name: fc.string(), state }), { maxLength: 5 }),
        fc.constantFrom('head' as const, 'behind' as const, 'elsewhere' as const),
        fc.option(fc.string(), { nil: undefined }),
        fc.boolean(),
        (asked, releases, checks, position, text, maintenance) => {
          const workflow = { file: 'release.yml', disabled: false, text };
          const over = {
            version: asked,
            tag: `v${asked}` as const,
            releases,
            checks,
            position,
            workflow,
            maintenance,
          };
          const verdicts = judgeRelease(facts(over));
          assert.equal(verdicts.length, releaseGates.length);
          const by = Object.fromEntries(verdicts.map((verdict) => [verdict.gate, verdict.state]));
          assert.equal(
            by['checks'] === 'closed',
            checks.some((check) => check.state !== 'passed'),
          );
          assert.equal(by['branch'] === 'closed', position === 'elsewhere');
          if (!maintenance)
            assert.equal(
              by['version'] === 'closed',
              releases.some((other) => !semver.gt(asked, other)),
            );
        },
      ),
    );
  });

  describe('version', () => {
    it('is closed for a tag at another commit, with who made it and when', () => {
      const tagger = { name: 'login-b', date: '2026-11-18T21:40:00Z' };
      const existing = { tag: 'v1.4.0', commit: OTHER, annotated: true, tagger };
      assert.deepEqual(row('version', { existing }), [
        'closed',
        'tag v1.4.0 exists at 5b0d9a4, not at 8c3f2e1',
        'made 2026-11-18 16:40 by login-b; hd never moves a tag',
      ]);
    });

    it('keeps a tag at the same commit, also when a newer one came since; its checks are not asked again', () => {
      const existing = { tag: 'v1.4.0', commit: SHA, annotated: true };
      const over = {
        existing,
        releases: ['1.4.0', '1.5.0'],
        checks: [{ name: 'x', state: 'failed' as const }],
      };
      assert.deepEqual(row('version', over), ['open', 'v1.4.0 is at 8c3f2e1 already, kept']);
      assert.deepEqual(row('checks', over), ['skipped', 'not asked again']);
    });

    it('is closed unless it is newer than every release, with the way to an older line', () => {
      assert.deepEqual(row('version', { releases: ['1.4.0-rc.1', '2.0.0'] }), [
        'closed',
        'v1.4.0 is not newer than v2.0.0',
        'an older line is released from its own branch: --branch NAME',
      ]);
      assert.equal(row('version', { releases: ['1.4.0-rc.1'] })[0], 'open');
      assert.equal(
        row('version', { version: '1.4.0-rc.1', tag: 'v1.4.0-rc.1', releases: ['1.4.0'] })[0],
        'closed',
      );
      assert.deepEqual(row('version', { releases: [] }), ['open', 'the first release; the tag is free']);
    });

    it('on a maintenance line compares with that line', () => {
      const releases = ['1.3.9', '1.4.1', '2.0.0'];
      assert.deepEqual(releasesOfLine('1.3.10', releases, true), ['1.3.9']);
      assert.deepEqual(releasesOfLine('1.5.0', releases, true), ['1.3.9', '1.4.1']);
      assert.deepEqual(releasesOfLine('3.0.0', releases, true), releases);
      assert.deepEqual(releasesOfLine('1.3.10', releases, false), releases);
      const over = { maintenance: true, releases };
      assert.equal(row('version', { ...over, version: '1.4.2', tag: 'v1.4.2' })[0], 'open');
      assert.equal(row('version', { ...over, version: '1.4.1', tag: 'v1.4.1' })[0], 'closed');
      assert.equal(row('version', { ...over, version: '1.2.0', tag: 'v1.2.0' })[0], 'closed');
    });
  });

  describe('checks', () => {
    it('names the red ones, when, and their link', () => {
      const red = {
        name: 'integration',
        state: 'failed' as const,
        completedAt: '2026-11-19T14:51:00Z',
        url: 'https://github.com/acme/healthdelta/actions/runs/11873391002',
      };
      assert.deepEqual(row('checks', { checks: [...facts().checks.slice(1), red] }), [
        'closed',
        '1 of 6 red: "integration", failed 09:51',
        'https://github.com/acme/healthdelta/actions/runs/11873391002',
      ]);
    });

    it('names those that were awaited in vain', () => {
      const slow = { name: 'slow', state: 'running' as const };
      assert.deepEqual(row('checks', { checks: [slow], waitedMs: 600_000 }), [
        'closed',
        '1 of 1 not done after 10m: "slow"',
      ]);
    });

    it('lets pass a commit without any, and says so', () => {
      assert.deepEqual(row('checks', { checks: [] }), ['unproven', 'none on 8c3f2e1: nobody checked it']);
    });
  });

  describe('branch', () => {
    it('takes an earlier commit of the branch, and no other', () => {
      assert.equal(row('branch', { position: 'behind' })[0], 'open');
      assert.deepEqual(row('branch', { position: 'elsewhere', branch: { name: 'main', head: OTHER } }), [
        'closed',
        '8c3f2e1 is not on main',
        'main is at 5b0d9a4; a commit of another branch: --branch NAME',
      ]);
    });
  });

  describe('workflow', () => {
    const workflow = { file: 'release.yml', disabled: false, text: '' as string | undefined };

    it('must be in the commit, run on the tag and be enabled', () => {
      const closed = (over: Partial<typeof workflow>) =>
        row('workflow', { workflow: { ...workflow, ...over } });
      assert.deepEqual(closed({ text: undefined }), [
        'closed',
        '8c3f2e1 has no .github/workflows/release.yml',
      ]);
      assert.deepEqual(closed({ text: 'on: pull_request' }), [
        'closed',
        'release.yml does not run on a push',
      ]);
      assert.deepEqual(closed({ text: 'on: push', disabled: true }), [
        'closed',
        'release.yml is disabled on GitHub',
        'opens with: gh workflow enable release.yml',
      ]);
    });

    for (const [on, tag, runs] of [
      ['push', 'v1.4.0', true],
      ['[pull_request, push]', 'v1.4.0', true],
      ['[pull_request]', 'v1.4.0', false],
      ['{push: }', 'v1.4.0', true],
      ['{push: {branches: [main]}}', 'v1.4.0', false],
      ['{push: {branches: [main], tags: [v1]}}', 'v1.4.0', false],
      ["{push: {tags: ['v*']}}", 'v1.4.0', true],
      ["{push: {tags: 'v*'}}", 'v1.4.0', true],
      ["{push: {tags: ['v[0-9]+.[0-9]+.[0-9]+']}}", 'v1.14.0', true],
      ["{push: {tags: ['v[0-9]+.[0-9]+.[0-9]+']}}", 'v1.4.0-rc.1', false],
      ["{push: {tags: ['v*', '!v*-rc*']}}", 'v1.4.0-rc.1', false],
      ["{push: {tags: ['v*', '!v*-rc*']}}", 'v1.4.0', true],
      ["{push: {tags: ['!v*']}}", 'v1.4.0', false],
      ["{push: {tags: ['*/v*']}}", 'v1.4.0', false],
      ["{push: {tags: ['**']}}", 'v1.4.0', true],
      ["{push: {tags: ['vv?1.4.0']}}", 'v1.4.0', true],
      ["{push: {tags: ['v1.4.0(x)']}}", 'v1.4.0', false],
      ["{push: {tags-ignore: ['v*']}}", 'v1.4.0', false],
      ["{push: {tags-ignore: ['x*']}}", 'v1.4.0', true],
    ] as const)
      it(`on: ${on} ${runs ? 'runs' : 'does not run'} on ${tag}`, () => {
        assert.equal(triggerOf(`on: ${on}\n`, tag).runs, runs);
      });

    it('never breaks on what is not a workflow, nor on a pattern that means nothing', () => {
      for (const text of ['', '}{', '- a', "on: {push: {tags: ['++', '[z-a]', '*++']}}"])
        assert.equal(triggerOf(text, 'v1.4.0').runs, false, text);
    });
  });
});

import assert from 'node:assert/strict';
import { assertEnding, jsonOf } from './support/ending.ts';
import { project, type Project } from './support/project.ts';

describe('hd deploy', function () {
  this.timeout(60_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
  });

  const deploy = (tag: string, ...more: string[]) =>
    here.hd(['deploy', 'orin', '--tag', tag, '--yes', ...more]);

  describe('to a host where nothing was deployed', () => {
    before(() => here.fresh('orin'));

    it('puts the release there, and says that there is no way back', async () => {
      const result = await deploy('v1.4.0');
      assertEnding(result, {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
        says: [/changed +nothing -> v1\.4\.0/, /proven +\d+ of \d+ checks/, /record +d1, /, 'not possible'],
        next: ['hd status orin'],
      });
      const kept = await here.assertServes('orin', '1.4.0');
      assert.deepEqual(
        kept.ledger.map((each) => [each.kind, each.outcome]),
        [
          ['planned', undefined],
          ['started', undefined],
          ['finished', 'confirmed'],
        ],
      );
      assert.deepEqual([kept.ledger[2]?.actor.name, kept.ledger[2]?.actor.proven], ['login-a', true]);
      const { image } = await here.container('orin', 'backend');
      assert.equal(image, here.release('v1.4.0').image, 'pinned by its digest');
    });
  });

  describe('to a host that serves a release', () => {
    before(() => here.fresh('orin', 'v1.4.0'));

    it('replaces the release, and nothing that the release does not change', async () => {
      const cache = await here.container('orin', 'cache');
      assertEnding(await deploy('v1.5.0'), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
        says: [/changed +v1\.4\.0 -> v1\.5\.0/, /downtime +\d+\.\ds \(\d+ of \d+ probes failed\)/],
        next: ['hd status orin', 'hd rollback orin --to v1.4.0'],
      });
      await here.assertServes('orin', '1.5.0');
      assert.deepEqual(await here.container('orin', 'cache'), cache, 'the other service was recreated');
    });

    it('changes nothing when the release is there already', async () => {
      const before = await here.container('orin', 'backend');
      const { text } = await here.assertServes('orin', '1.5.0');
      const result = await deploy('v1.5.0');
      assertEnding(result, {
        exit: 0,
        outcome: 'no change',
        serves: 'orin serves v1.5.0 on 1 of 1 host already',
        next: ['hd verify orin'],
      });
      assert.deepEqual(await here.container('orin', 'backend'), before);
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text, 'the ledger');
    });

    it('only shows the plan with --dry-run, and the same plan has the same hash', async () => {
      const before = await here.container('orin', 'backend');
      const { text } = await here.assertServes('orin', '1.5.0');
      const args = ['orin', '--tag', 'v1.6.0'];
      const results = [
        await here.hd(['deploy', ...args, '--dry-run']),
        await here.hd(['plan', 'deploy', ...args]),
        await here.hd(['deploy', ...args, '-n', '--yes']),
      ];
      for (const result of results) {
        assertEnding(result, {
          exit: 0,
          outcome: 'planned',
          serves: 'orin serves v1.5.0 on 1 of 1 host; nothing was changed',
          says: [/release +v1\.5\.0 -> v1\.6\.0/, /way back +v1\.5\.0/, /pull +orin/],
          next: ['hd deploy orin --tag v1.6.0'],
        });
      }
      const hashes = results.map(({ stdout }) => /plan +([0-9a-f]{12})/.exec(stdout)?.[1]);
      assert.equal(new Set(hashes).size, 1, hashes.join(' '));
      assert.deepEqual(await here.container('orin', 'backend'), before);
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text, 'the ledger');
    });

    it('answers with one object with --json', async () => {
      const planned = jsonOf(await deploy('v1.6.0', '--json', '--dry-run'));
      const same = jsonOf(await deploy('v1.5.0', '--json'));
      assert.deepEqual([same['outcome'], same['exit'], same['error']], ['no-change', 0, undefined]);
      const value = jsonOf(await deploy('v1.6.0', '--json'));
      const { commit, image } = here.release('v1.6.0');
      assert.equal(value['outcome'], 'confirmed');
      assert.equal(value['command'], 'deploy');
      assert.equal(value['plan'], planned['plan']);
      assert.deepEqual(value['release'], {
        version: '1.6.0',
        tag: 'v1.6.0',
        commit,
        images: { backend: image },
      });
      const [serves] = value['serves'] as {
        host: string;
        version: string;
        checks: { passed: number; of: number };
      }[];
      assert.deepEqual([serves?.host, serves?.version], ['orin', '1.6.0']);
      assert.ok(serves !== undefined && serves.checks.of > 5 && serves.checks.passed === serves.checks.of);
      await here.assertServes('orin', '1.6.0');
    });

    it('takes a commit instead of a tag', async () => {
      const { commit } = here.release('v1.5.0');
      const result = await here.hd(['deploy', 'orin', '--commit', commit, '--yes']);
      assertEnding(result, {
        exit: 0,
        outcome: 'confirmed',
        serves: `orin serves ${commit.slice(0, 7)} on 1 of 1 host`,
      });
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('again and again', () => {
    const tags = ['v1.3.0', 'v1.4.0', 'v1.5.0', 'v1.6.0'];
    const images = async (): Promise<string[]> => {
      const repository = `${here.lab.registry}/acme/healthdelta-backend`;
      const text = await here.lab.onHost('orin', [
        ...['docker', 'image', 'ls', '--digests', '--format', '{{.Repository}}@{{.Digest}}', repository],
      ]);
      return text.split('\n').sort();
    };
    const imagesOf = (...kept: string[]) => kept.map((tag) => here.release(tag).image).sort();

    before(() => here.fresh('orin'));

    it('keeps as many releases as it is told, files and images', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), keep: 2 } });
      for (const tag of tags) await here.deploy('orin', tag, { cwd });
      const kept = await here.assertServes('orin', '1.6.0');
      assert.deepEqual([...kept.releases].sort(), ['d3', 'd4']);
      assert.deepEqual(await images(), imagesOf('v1.5.0', 'v1.6.0'));
    });

    it('keeps what a rollback would choose, however few it is told to keep', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), keep: 1 } });
      await here.deploy('orin', 'v4.0.0', { cwd });
      const kept = await here.assertServes('orin', '4.0.0');
      assert.deepEqual([...kept.releases].sort(), ['d4', 'd5']);
      assert.deepEqual(await images(), imagesOf('v1.6.0', 'v4.0.0'));
    });
  });

  describe('to a production environment', () => {
    before(() => here.fresh('prod'));

    it('needs its name, which --yes never covers', async () => {
      for (const agree of [[], ['--yes'], ['--yes', '--no-input']]) {
        assertEnding(await here.hd(['deploy', 'prod', '--tag', 'v1.4.0', ...agree]), {
          exit: 2,
          outcome: 'usage',
          serves: 'nothing was asked or changed',
          says: ['prod needs its name', /write +--confirm prod/],
          next: [['hd deploy prod --tag v1.4.0', ...agree, '--confirm prod'].join(' ')],
        });
      }
      assertEnding(await here.hd(['deploy', 'prod', '--tag', 'v1.4.0', '--confirm', 'orin']), {
        exit: 2,
        outcome: 'usage',
        says: ['"orin"', 'prod'],
      });
      await here.assertServes('web-1', undefined);
    });
  });

  describe('with the defaults of hd.yml', () => {
    it('settles for three seconds and asks every check', async () => {
      await here.fresh('orin');
      const url = 'http://127.0.0.1:8000';
      const checks = { live: {}, ready: {}, version: {} };
      const cwd = await here.checkout({ orin: { hosts: ['orin'], url, checks } });
      const value = jsonOf(await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes', '--json'], { cwd }));
      assert.equal(value['outcome'], 'confirmed');
      const { serving } = value['durationsMs'] as { serving: number };
      assert.ok(serving > 3000, `serving after ${serving} ms`);
      await here.assertServes('orin', '1.4.0');
    });
  });
});

import assert from 'node:assert/strict';
import { assertEnding, jsonOf } from './support/ending.ts';
import { Orin, SERVES } from './support/orin.ts';
import type { Project } from './support/project.ts';

/** Bad releases. It serves v1.5.0 at the end of every story, and says so. */
describe('when a deployment goes wrong by its release', function () {
  this.timeout(90_000);
  let orin: Orin;
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    orin = await Orin.open();
    ({ here } = orin);
  });
  beforeEach(() => orin.ensure());

  describe('by the release', () => {
    it('stops at compose files that do not parse', () =>
      orin.untouched(async () => {
        assertEnding(await orin.deploy('v2.7.0'), {
          exit: 2,
          outcome: 'usage',
          says: ['compose.yaml of the release does not parse'],
        });
      }));

    it('stops at a version label that lies', () =>
      orin.untouched(async () => {
        assertEnding(await orin.deploy('v2.5.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['backend:v2.5.0 says org.opencontainers.image.version is 9.9.9'],
        });
      }, 'refused'));

    it('stops at a revision label that lies', () =>
      orin.untouched(async () => {
        assertEnding(await orin.deploy('v2.6.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['org.opencontainers.image.revision is fffff'],
        });
      }, 'refused'));

    it('stops at a tag that has no image', () =>
      orin.untouched(async () => {
        assertEnding(await orin.deploy('v2.9.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['v2.9.0 has no image'],
          next: ['hd release v2.9.0'],
        });
      }, 'refused'));

    it('stops at an image that vanished from the registry', () =>
      orin.untouched(async () => {
        const digest = here.release('v2.8.0').image.replace(/.*@/, '');
        const path = `/v2/acme/healthdelta-backend/manifests/${digest}`;
        const gone = await fetch(`http://${here.lab.registry}${path}`, { method: 'DELETE' });
        assert.equal(gone.status, 202);
        assertEnding(await orin.deploy('v2.8.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['v2.8.0 has no image'],
        });
      }, 'refused'));

    it('goes back when the service is never ready', () =>
      orin.wentBack('v2.0.0', {}, ['backend is unhealthy']));

    it('goes back when it says that it is another version', () =>
      orin.wentBack('v2.2.0', {}, ['version "0.0.0"; wanted "2.2.0"', '| {"version":"0.0.0"']));

    it('goes back when it logs that something died, and has the evidence in its JSON', async () => {
      const result = await here.hd(['deploy', 'orin', '--tag', 'v2.3.0', '--yes', '--json']);
      assert.equal(result.exit, 6, result.stdout);
      const value = jsonOf(result);
      const failed = value['failed'] as { check: string; state: string; evidence: { got?: string[] } }[];
      assert.deepEqual([value['outcome'], value['safe'], value.error?.exit], ['rolled-back', 'yes', 6]);
      assert.deepEqual(
        failed.map(({ check, state }) => [check, state]),
        [['logs', 'failed']],
      );
      assert.ok(failed[0]?.evidence.got?.includes('FATAL out of memory'), result.stdout);
      assert.deepEqual(
        (value['serves'] as { host: string; version: string }[]).map(({ host, version }) => [host, version]),
        [['orin', '1.5.0']],
      );
      const { ledger } = await here.assertServes('orin', '1.5.0');
      assert.equal(ledger.at(-1)?.outcome, 'rolled-back');
    });

    it('goes back when it crashes after two seconds', async () => {
      const cwd = await here.checkout({
        orin: { ...here.environment('orin'), rollout: { timeout: '20s' } },
      });
      await orin.wentBack('v2.1.0', { cwd }, [
        /backend (restarted|crashed|exited)/,
        '| out of luck after 2 s',
      ]);
    });

    it('goes back when it was down for longer than it may be', async () => {
      const rollout = { settle: '0s', timeout: '20s', max_downtime: '10ms' };
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), rollout } });
      await orin.wentBack('v1.6.0', { cwd }, [/downtime: \d+\.\ds during the last switch; limit 0\.0s/]);
    });

    it('goes back when a smoke check gets a wrong answer', async () => {
      const { checks, ...rest } = here.environment('orin') as { checks: object };
      const smoke = [{ name: 'gone', path: '/api/1.6', attempts: 2, delay: '10ms' }];
      const cwd = await here.checkout({ orin: { ...rest, checks: { ...checks, smoke } } });
      const result = await orin.deploy('v1.6.0', { cwd });
      // v1.5.0 fails the same check: no release is proved serving, and that is what the exit says.
      assertEnding(result, {
        exit: 7,
        outcome: 'ROLLBACK FAILED',
        serves: 'orin serves v1.5.0',
        says: [
          'failed v1.6.0 on orin: gone: smoke, GET /api/1.6: 404, wanted 200, 2 tries',
          'and then v1.5.0',
          ' safe no',
        ],
        next: ['hd rollback orin --to v1.5.0'],
      });
      assert.match(result.stdout, /a person is needed now/);
      await here.assertServes('orin', '1.5.0');
      await here.deploy('orin', 'v1.5.0');
    });
  });

  describe('and there is nothing to go back to', () => {
    it('says so, and that a person is needed', async () => {
      await here.fresh('orin');
      assertEnding(await orin.deploy('v2.0.0'), {
        exit: 7,
        outcome: 'failed',
        serves: /orin serves .*; nothing was ever confirmed here to go back to/,
        says: ['failed v2.0.0 on orin: backend is unhealthy', / safe no/],
        next: ['hd status orin'],
      });
      const value = jsonOf(await here.hd(['history', 'orin', '--json']));
      const entries = value['entries'] as { outcome?: string }[];
      assert.equal(entries.at(-1)?.outcome, 'failed');
      // The next one, which is well, is a first deployment still.
      assertEnding(await orin.deploy('v1.4.0'), { exit: 0, outcome: 'confirmed' });
      await here.assertServes('orin', '1.4.0');
    });
  });
});

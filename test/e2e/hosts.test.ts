import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { project, WEB, type Project } from './support/project.ts';
import type { Kept } from './support/sound.ts';

describe('an environment of three hosts', function () {
  this.timeout(120_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('prod');
  });

  const deploy = (tag: string) => here.hd(['deploy', 'prod', '--tag', tag, '--confirm', 'prod']);

  /** All serve this version, and tell one story. */
  async function allServe(version: string): Promise<readonly Kept[]> {
    const kept = await Promise.all(WEB.map((host) => here.assertServes(host, version)));
    assert.equal(new Set(kept.map(({ text }) => text)).size, 1, 'one ledger on three hosts');
    return kept;
  }

  it('is deployed to in parallel, with a result for each host', async () => {
    const result = await deploy('v1.4.0');
    assertEnding(result, {
      exit: 0,
      outcome: 'confirmed',
      serves: 'prod serves v1.4.0 on 3 of 3 hosts',
      says: [/proven 24 of 24 checks/],
      next: ['hd status prod'],
    });
    for (const host of WEB)
      assertFound(result.stderr, new RegExp(`ok +verify +${host} v1\\.4\\.0, 8 of 8 checks`));
    await allServe('1.4.0');
    assertEnding(await deploy('v1.4.0'), {
      exit: 0,
      outcome: 'no change',
      serves: 'prod serves v1.4.0 on 3 of 3 hosts already',
    });
  });

  describe('where a release serves', () => {
    beforeEach(() => here.ensure('prod', 'v1.4.0'));

    it('is verified as a whole, and host by host', async () => {
      const whole = await here.hd(['verify', 'prod']);
      assertEnding(whole, {
        exit: 0,
        outcome: 'verified',
        serves: 'prod serves v1.4.0 on 3 of 3 hosts: 24 of 24 checks',
        says: WEB.map((host) => `+ ${host} 8 of 8`),
      });
      assertEnding(await here.hd(['verify', 'web-2']), {
        exit: 0,
        outcome: 'verified',
        serves: /web-2|1 of 1 host/,
        says: ['backend runs'],
      });
    });

    it('changes the one host that differs, and no other', async () => {
      const before = await Promise.all(['web-1', 'web-3'].map((host) => here.container(host, 'backend')));
      await here.lab.onHost('web-2', ['docker', 'rm', '--force', 'healthdelta-backend-1']);
      assertEnding(await here.hd(['verify', 'prod']), {
        exit: 5,
        outcome: 'not verified',
        serves: 'prod serves',
        says: ['+ web-1 8 of 8', 'x image backend does not run'],
      });
      const plan = jsonOf(await here.hd(['plan', 'deploy', 'prod', '--tag', 'v1.4.0', '--json']));
      assert.deepEqual(plan['hosts'], ['web-2']);
      assertEnding(await deploy('v1.4.0'), { exit: 0, outcome: 'confirmed' });
      assert.deepEqual(
        await Promise.all(['web-1', 'web-3'].map((host) => here.container(host, 'backend'))),
        before,
      );
      await allServe('1.4.0');
    });

    it('goes back on all hosts when the release fails on one', async () => {
      const folder = '/opt/healthdelta/local';
      const behaviours = { 'web-1': '', 'web-2': 'ready=never', 'web-3': '' };
      for (const [host, behaviour] of Object.entries(behaviours))
        await here.lab.ssh(host, `mkdir -p ${folder} && echo ${behaviour} > ${folder}/behaviour`);
      const result = await deploy('v3.3.0');
      assertEnding(result, {
        exit: 6,
        outcome: 'rolled-back',
        serves: 'prod serves v1.4.0 on 3 of 3 hosts, as before',
        says: ['failed v3.3.0 on web-2: backend is unhealthy', / safe yes: 24 of 24 checks passed/],
        next: ['hd history prod'],
      });
      for (const host of WEB)
        assertFound(result.stderr, new RegExp(`ok +go-back +${host} v1\\.4\\.0, 8 of 8 checks`));
      const kept = await allServe('1.4.0');
      assert.equal(kept[0]?.ledger.at(-1)?.outcome, 'rolled-back');
    });

    it('is deployed to only if every host answers', async () => {
      const before = await allServe('1.4.0');
      const containers = await Promise.all(WEB.map((host) => here.container(host, 'backend')));
      await here.lab.cut('web-3');
      try {
        const [result, status] = await Promise.all([deploy('v1.5.0'), here.hd(['status', 'prod'])]);
        assertEnding(result, {
          exit: 11,
          outcome: 'unreachable',
          serves: 'prod serves v1.4.0 on web-1..2, web-3 not known',
          says: [/web-3: no answer from .* in 3s, 3 tries/],
          next: [/ssh .*web-3 true$/],
        });
        assert.equal(status.exit, 11);
        assertFound(status.stdout, '! web-3 not known no answer');
      } finally {
        await here.lab.mend('web-3');
      }
      const after = await allServe('1.4.0');
      assert.deepEqual(after, before);
      assert.deepEqual(await Promise.all(WEB.map((host) => here.container(host, 'backend'))), containers);
    });

    it('is kept from everybody by hand on the hosts that answer, and freed only on all of them', async () => {
      const freeze = ['lock', 'prod', '--why', 'web-3 is being replaced.', '--confirm', 'prod'];
      const free = ['unlock', 'prod', '--why', 'It is back.', '--confirm', 'prod'];
      const without = 'prod serves v1.4.0 on web-1..2, web-3 not known';
      await here.lab.cut('web-3');
      try {
        const frozen = await here.hd(freeze);
        assertEnding(frozen, {
          ...{ exit: 0, outcome: 'frozen', serves: without },
          says: [/changed .* on web-1\.\.2: web-3 is being/],
        });
        assertFound(frozen.stderr, 'web-3 does not answer and is left as it is');
        assertEnding(await here.hd(free), { exit: 11, outcome: 'unreachable', serves: without });
      } finally {
        await here.lab.mend('web-3');
      }
      assertEnding(await deploy('v1.5.0'), {
        exit: 8,
        outcome: 'locked',
        says: ['web-3 is being replaced.'],
      });
      assertEnding(await here.hd(free), { exit: 0, outcome: 'unfrozen' });
      await allServe('1.4.0');
    });

    it('is locked on all hosts or on none', async () => {
      const holder = '{"actor":"login-b","machine":"elsewhere","pid":1,"purpose":"deploy v1.6.0"}';
      const lock = `cd /opt/healthdelta/.hd && f=$(($(cat fence) + 1)) && echo $f > fence && echo '{"expires":'$(($(date +%s) + 30))',"fence":'$f',"holder":${holder},"since":'$(date +%s)'}' > lock`;
      const { stderr } = await here.lab.ssh('web-3', lock);
      assert.equal(stderr, '');
      try {
        assertEnding(await deploy('v1.5.0'), {
          exit: 8,
          outcome: 'locked',
          serves: 'prod serves v1.4.0 on 3 of 3 hosts',
          says: ['holder login-b, on elsewhere, process 1', 'doing deploy v1.6.0'],
        });
      } finally {
        await here.lab.ssh('web-3', 'rm /opt/healthdelta/.hd/lock');
      }
      await allServe('1.4.0');
    });

    it('is not left with two versions when a host dies in the middle of it', async () => {
      const running = here.start(['deploy', 'prod', '--tag', 'v2.4.0', '--confirm', 'prod']);
      await running.says(/start +switch/);
      await here.lab.powerOff('web-2');
      let result;
      try {
        result = await running.end();
      } finally {
        await here.lab.powerOn('web-2');
      }
      assertEnding(result, {
        exit: 9,
        outcome: 'inconclusive',
        serves: 'prod serves v1.4.0 on web-1, web-3, web-2 not known',
        says: [/failed .*web-2/, ' safe not known: web-2'],
        next: [/ssh .*web-2 true$/, 'hd resume prod'],
      });
      await here.assertServes('web-1', '1.4.0');
      await here.assertServes('web-3', '1.4.0');
      // It could not give its lock back.
      await here.leaseEnds('web-2');
      assertEnding(await here.hd(['rollback', 'prod', '--to', 'v1.4.0', '--confirm', 'prod']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'prod serves v1.4.0 on 3 of 3 hosts',
      });
      await allServe('1.4.0');
    });
  });
});

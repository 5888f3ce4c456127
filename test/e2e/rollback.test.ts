import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { project, WEB, type Project } from './support/project.ts';

/** GitHub is out of reach, and there is no token. */
const NO_GITHUB = { GITHUB_API_URL: 'http://127.0.0.1:1', GH_TOKEN: undefined };

describe('hd rollback', function () {
  this.timeout(60_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
  });

  const rollback = (...args: string[]) => here.hd(['rollback', 'orin', '--yes', ...args]);

  describe('of one host', () => {
    before(() => here.fresh('orin', 'v1.3.0', 'v1.4.0', 'v1.5.0'));

    it('shows what one can go back to', async () => {
      const result = await here.hd(['rollback', 'orin', '--list']);
      assert.equal(result.exit, 0, result.stderr);
      assertFound(result.stdout, /serves +v1\.5\.0/);
      assertFound(result.stdout, /\+ v1\.4\.0 .*on 1 of 1 hosts?/);
      assertFound(result.stdout, /- v1\.3\.0 /);
      assertFound(result.stdout, /hd rollback orin --to v1\.4\.0/);
    });

    it('only shows the plan with --dry-run', async () => {
      const { text } = await here.assertServes('orin', '1.5.0');
      assertEnding(await here.hd(['rollback', 'orin', '-n']), {
        exit: 0,
        outcome: 'planned',
        serves: 'orin serves v1.5.0 on 1 of 1 host; nothing was changed',
        next: ['hd rollback orin --to v1.4.0'],
      });
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text);
    });

    it('goes to the newest release before this one, and on to the one before that', async () => {
      const cache = await here.container('orin', 'cache');
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
        says: [/changed +v1\.5\.0 -> v1\.4\.0/, /proven +\d+ of \d+ checks/],
        next: ['hd status orin', 'hd deploy orin --tag v1.5.0'],
      });
      const kept = await here.assertServes('orin', '1.4.0');
      assert.equal(kept.current?.deployment, 'd2', 'the files that were deployed with it');
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.3.0 on 1 of 1 host',
      });
      await here.assertServes('orin', '1.3.0');
      assert.deepEqual(await here.container('orin', 'cache'), cache, 'the other service was recreated');
    });

    it('goes to none that was gone back from, unless it is named', async () => {
      const { text } = await here.assertServes('orin', '1.3.0');
      assertEnding(await rollback(), {
        exit: 2,
        outcome: 'usage',
        says: ['whatever else was confirmed on orin was gone back from'],
        next: ['hd rollback orin --to v1.4.0', 'hd rollback orin --list'],
      });
      assert.equal((await here.assertServes('orin', '1.3.0')).text, text);
    });

    it('goes to the release that is named, also forward', async () => {
      assertEnding(await rollback('--to', 'v1.5.0'), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
        next: ['hd deploy orin --tag v1.3.0'],
      });
      await here.assertServes('orin', '1.5.0');
    });

    it('goes to nothing that was never confirmed', async () => {
      assertEnding(await rollback('--to', 'v1.6.0'), {
        exit: 2,
        outcome: 'usage',
        says: ['v1.6.0 was never confirmed on orin'],
        next: ['hd rollback orin --list'],
      });
      for (const to of ['1.4', '$(id)', '../d1'])
        assertEnding(await rollback('--to', to), { exit: 2, outcome: 'usage', says: [to] });
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('with less than it had', () => {
    before(() => here.fresh('orin', 'v1.4.0', 'v1.5.0'));
    beforeEach(() => here.deploy('orin', 'v1.5.0'));

    const forget = (tag: string) =>
      here.lab.onHost('orin', ['docker', 'image', 'rm', '--force', here.release(tag).image]);

    it('needs neither GitHub nor a registry', async () => {
      await here.lab.stopRegistry();
      try {
        const result = await here.hd(['rollback', 'orin', '--yes'], { env: NO_GITHUB });
        assertEnding(result, {
          exit: 0,
          outcome: 'confirmed',
          serves: 'orin serves v1.4.0 on 1 of 1 host',
        });
      } finally {
        await here.lab.startRegistry();
      }
      const kept = await here.assertServes('orin', '1.4.0');
      assert.equal(kept.ledger.at(-1)?.actor.proven, false);
    });

    it('pulls an image that is gone from the host, by its digest', async () => {
      await forget('v1.4.0');
      const list = await here.hd(['rollback', 'orin', '--list']);
      assertFound(list.stdout, /v1\.4\.0 .*pull on orin/);
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
      });
      const { image } = await here.container('orin', 'backend');
      assert.equal(image, here.release('v1.4.0').image);
      await here.assertServes('orin', '1.4.0');
    });

    it('takes files that are gone from the host from the commit', async () => {
      await here.lab.onHost('orin', ['rm', '-r', '/opt/healthdelta/releases/d1']);
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
      });
      await here.assertServes('orin', '1.4.0');
    });

    it('leaves what serves alone when the image is nowhere', async () => {
      await forget('v1.4.0');
      await here.lab.stopRegistry();
      const list = await here.hd(['rollback', 'orin', '--list']).finally(() => here.lab.startRegistry());
      assertFound(list.stdout, /x v1\.4\.0 .*is not on orin; .* can(’t|'t| not) be reached/);
      await here.closeRegistry('orin');
      try {
        assertEnding(await rollback(), {
          exit: 6,
          outcome: 'rolled-back',
          serves: 'orin serves v1.5.0 on 1 of 1 host, as before',
          says: [/failed +v1\.4\.0 on orin: docker pull/, /safe +yes/],
        });
      } finally {
        await here.openRegistry('orin');
      }
      await here.assertServes('orin', '1.5.0');
      // It was not left, since it was never reached: it is still the one to go back to.
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
      });
    });
  });

  describe('after a failed deployment', () => {
    before(() => here.fresh('orin', 'v1.4.0', 'v1.5.0'));

    it('goes to the release before the one that serves', async () => {
      const failed = await here.hd(['deploy', 'orin', '--tag', 'v2.0.0', '--yes']);
      assert.equal(failed.exit, 6, failed.stdout + failed.stderr);
      const list = await here.hd(['rollback', 'orin', '--list']);
      assertFound(list.stdout, /x v2\.0\.0 +never +failed here .*\(d3\)/);
      assertEnding(await rollback(), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
      });
      await here.assertServes('orin', '1.4.0');
    });

    it('makes a release eligible again when it is deployed again', async () => {
      await here.deploy('orin', 'v1.5.0');
      await here.deploy('orin', 'v1.6.0');
      const value = jsonOf(await rollback('--json'));
      assert.equal((value['release'] as { tag: string }).tag, 'v1.5.0');
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('where the only ledger is broken', () => {
    before(() => here.fresh('orin', 'v1.4.0', 'v1.5.0'));
    after(() => here.fresh('orin'));

    it('goes back by what can be read of it, and nothing goes forward', async () => {
      const file = '/opt/healthdelta/.hd/ledger.jsonl';
      await here.lab.onHost('orin', ['sed', '-i', '2s/.*/no entry/', file]);
      const says = ['a line of the ledger on orin is not JSON'];
      assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.6.0', '--yes']), {
        exit: 5,
        outcome: 'ledger broken',
        says,
        next: ['hd audit verify'],
      });
      assertFound((await here.hd(['status', 'orin'])).stdout, says[0] ?? '');
      const back = await rollback();
      assertEnding(back, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.4.0 on 1 of 1 host' });
      assertFound(back.stderr, says[0] ?? '');
      assert.equal(await here.lab.serves('orin'), '1.4.0');
    });
  });

  describe('of three hosts, one of which is down', () => {
    before(() => here.fresh('prod', 'v1.4.0', 'v1.5.0'));
    after(() => here.lab.mend('web-2'));

    it('restores the others, names the one, and brings it along later', async () => {
      await here.lab.cut('web-2');
      assertEnding(await here.hd(['rollback', 'prod', '--confirm', 'prod']), {
        exit: 9,
        outcome: 'inconclusive',
        serves: /prod serves v1\.4\.0 on web-1, web-3, web-2 not known/,
        says: [/safe +not known: web-2/],
        next: [/ssh .*web-2 true$/, 'hd resume prod'],
      });
      await here.assertServes('web-1', '1.4.0');
      await here.assertServes('web-3', '1.4.0');
      await here.lab.mend('web-2');
      assert.equal(await here.lab.serves('web-2'), '1.5.0');

      assertEnding(await here.hd(['rollback', 'prod', '--to', 'v1.4.0', '--confirm', 'prod']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'prod serves v1.4.0 on 3 of 3 hosts',
      });
      const kept = await Promise.all(WEB.map((host) => here.assertServes(host, '1.4.0')));
      assert.equal(new Set(kept.map(({ text }) => text)).size, 1, 'one ledger on three hosts');
    });
  });
});

import assert from 'node:assert/strict';
import { assertFound, jsonOf } from './support/ending.ts';
import { project, type Project } from './support/project.ts';

describe('hd status and hd history', function () {
  this.timeout(60_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await Promise.all([here.fresh('orin'), here.fresh('prod')]);
  });

  const look = async (...args: string[]): Promise<string> => {
    const result = await here.hd(args);
    assert.equal(result.exit, 0, result.stderr);
    assert.equal(result.stderr, '');
    return result.stdout;
  };

  it('say that nothing was deployed', async () => {
    const text = await look('status');
    assertFound(text, /- orin +nothing/);
    assertFound(text, /- prod +nothing +.*0 of 3/);
    assertFound(await look('status', 'orin'), /serves nothing proven nothing was ever confirmed here/);
    assertFound(await look('history', 'orin'), 'ledger empty');
  });

  describe('after deployments', () => {
    before(async () => {
      await here.fresh('orin', 'v1.4.0', 'v1.5.0');
      const failed = await here.hd(['deploy', 'orin', '--tag', 'v2.2.0', '--yes']);
      assert.equal(failed.exit, 6, failed.stdout);
    });

    it('say what serves, since when and by whom', async () => {
      const { commit, image } = here.release('v1.5.0');
      const digest = image.replace(/.*sha256:/, '').slice(0, 12);
      const text = await look('status');
      assertFound(
        text,
        new RegExp(`\\+ orin +v1\\.5\\.0 +${commit.slice(0, 7)} +${digest} +1 of 1 +healthy`),
      );
      const one = await look('status', 'orin');
      assertFound(one, new RegExp(`serves v1\\.5\\.0, ${commit.slice(0, 7)}, confirmed .*, d2, login-a`));
      assertFound(one, new RegExp(`backend ${digest}`));
      assertFound(one, 'lock free');
      assertFound(one, /\+ orin v1\.5\.0 healthy \S+( \S+)? 0 /);
      assertFound(one, 'way back v1.4.0: hd rollback orin');
    });

    it('have the same in JSON', async () => {
      const value = jsonOf(await here.hd(['status', 'orin', '--json']));
      const [environment] = value['environments'] as { environment: string }[];
      assert.equal(environment?.environment, 'orin');
      assert.ok(JSON.stringify(environment).includes(here.release('v1.5.0').image));
    });

    it('tell every deployment, newest first, with why it failed', async () => {
      const text = await look('history', 'orin');
      const rows = [
        /d3 \S+ v1\.5\.0 -> v2\.2\.0 rolled-back login-a v2\.2\.0 on orin: version: 200, but version "0\.0\.0"/,
        /d2 \S+ v1\.4\.0 -> v1\.5\.0 confirmed login-a \d+\.\ds/,
        /d1 \S+ nothing -> v1\.4\.0 confirmed login-a/,
        /ledger 10 entries, chain whole, head [0-9a-f]{12}, same on 1 of 1 host/,
      ];
      for (const row of rows) assertFound(text, row);
      const places = rows.map((row) => text.replaceAll(/\s+/g, ' ').search(row));
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
    });
  });
});

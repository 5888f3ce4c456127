import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { Orin } from './support/orin.ts';
import type { Project } from './support/project.ts';
import { MANIFESTS } from './support/releases.ts';
import type { Kept } from './support/sound.ts';

/** Bad input. It serves v1.5.0 at the end of every story, and says so. */
describe('when a deployment goes wrong by words', function () {
  this.timeout(90_000);
  let orin: Orin;
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    orin = await Orin.open();
    ({ here } = orin);
  });
  beforeEach(() => orin.ensure());

  describe('by what was typed', () => {
    const typed: [what: string, args: string[], says: (string | RegExp)[]][] = [
      ['an unknown environment', ['prd', '--tag', 'v1.6.0'], ['prd is not an environment', 'orin or prod']],
      ['a tag that is nowhere', ['orin', '--tag', 'v9.9.9'], ['v9.9.9']],
      [
        'a tag that only the registry has',
        ['orin', '--tag', 'v9.8.7'],
        ['v9.8.7 is not a tag of acme/healthdelta'],
      ],
      ['half a version', ['orin', '--tag', '1.4'], ['"1.4" is not a version: three numbers are needed']],
      [
        'a command behind a tag',
        ['orin', '--tag', 'v1.4.0; rm -rf /'],
        ['"v1.4.0; rm -rf /" is not a version'],
      ],
      ['a command for a tag', ['orin', '--tag', '$(id)'], ['"$(id)" is not a version']],
      ['a branch for a tag', ['orin', '--tag', 'main'], ['"main" is not a version']],
      ['a commit that is none', ['orin', '--commit', 'main'], ['"main" is not a commit']],
      ['a commit that is nowhere', ['orin', '--commit', 'f'.repeat(40)], ['f'.repeat(7)]],
      ['no release', ['orin'], ['which release is not said']],
      ['two releases', ['orin', '--tag', 'v1.6.0', '--commit', 'abcdef0'], ['exclude each other']],
      ['no environment', ['--tag', 'v1.6.0'], [/env/i]],
      ['an unknown flag', ['orin', '--tag', 'v1.6.0', '--force'], ['--force']],
    ];
    let untouchedBefore: Kept;

    before(async () => {
      await orin.ensure();
      untouchedBefore = await here.assertServes('orin', '1.5.0');
      await tagImage('v1.5.0', 'v9.8.7');
    });
    after(async () => {
      assert.deepEqual(await here.assertServes('orin', '1.5.0'), untouchedBefore);
    });

    /** Another tag in the registry for an image that is there. */
    async function tagImage(from: string, to: string): Promise<void> {
      const at = `http://${here.lab.registry}/v2/acme/healthdelta-backend/manifests`;
      const there = await fetch(`${at}/${from}`, { headers: { accept: MANIFESTS } });
      const headers = { 'content-type': there.headers.get('content-type') ?? '' };
      const made = await fetch(`${at}/${to}`, { method: 'PUT', headers, body: await there.text() });
      assert.equal(made.status, 201);
    }

    for (const [what, args, says] of typed) {
      it(`stops at ${what}`, async () => {
        const result = await here.hd(['deploy', ...args, '--yes']);
        assertEnding(result, { exit: 2, outcome: 'usage', serves: 'nothing was asked or changed', says });
      });
    }

    it('says so in JSON as well', async () => {
      const result = await here.hd(['deploy', 'prd', '--tag', 'v1.6.0', '--json']);
      assert.equal(result.exit, 2);
      const value = jsonOf(result);
      assert.deepEqual(Object.keys(value), ['schemaVersion', 'error']);
      assert.deepEqual([value.error?.code, value.error?.exit], ['usage', 2]);
    });

    it('needs a yes, and has nobody to ask', async () => {
      assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.6.0']), {
        exit: 2,
        outcome: 'usage',
        says: ['orin needs a yes, and there is no terminal to ask on', /write +--yes/],
        next: ['hd deploy orin --tag v1.6.0 --yes'],
      });
    });

    it('names the environments and hosts that there are', async () => {
      for (const args of [
        ['verify', 'web-9'],
        ['status', 'web-9'],
        ['rollback', 'web-9', '--yes'],
        ['history', 'x'],
      ])
        assertEnding(await here.hd(args), { exit: 2, outcome: 'usage', says: ['orin or prod'] });
    });
  });

  describe('by another operator', () => {
    it('stops when the host changed since the plan', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), production: true } });
      const { text } = await here.assertServes('orin', '1.5.0');
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0'], cwd);
      await terminal.until(/Type its name to go on/);
      await here.lab.onHost('orin', ['docker', 'rm', '--force', 'healthdelta-backend-1']);
      terminal.type('orin\r');
      assert.equal(await terminal.end(), 8, terminal.text);
      assertFound(terminal.text, /plan [0-9a-f]{12} is no longer the plan/);
      assertFound(terminal.text, /orin does not run backend any more; it ran [0-9a-f]{12} \(v1\.5\.0\)/);
      assertFound(terminal.text, 'hd did not do this; nothing of the plan was begun');
      assertFound(terminal.text, '✗ changed orin serves nothing (exit 8)');
      assertFound(terminal.text, 'hd status orin');
      await here.deploy('orin', 'v1.5.0');
      const kept = await here.assertServes('orin', '1.5.0');
      assert.ok(kept.text.startsWith(text));
      const grown = kept.ledger.slice(text.split('\n').length).map(({ kind }) => kind);
      assert.deepEqual(grown, ['drift', 'planned', 'started', 'finished'], 'only what mended it');
    });
  });
});

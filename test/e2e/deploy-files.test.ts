import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEnding, jsonOf } from './support/ending.ts';
import { composeFile } from './support/recipes.ts';
import { project, type Project } from './support/project.ts';

describe('hd deploy, of the files of a release', function () {
  this.timeout(60_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
  });

  describe('from a folder that is no clone', () => {
    before(() => here.fresh('orin'));

    it('takes the files of the release from GitHub', async () => {
      const cwd = await here.folder();
      assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v3.0.0', '--yes'], { cwd }), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v3.0.0 on 1 of 1 host',
      });
      const kept = await here.assertServes('orin', '3.0.0');
      assert.deepEqual(
        kept.current?.files.map(({ path }) => path),
        ['app.conf', 'compose.yaml'],
      );
    });

    it('needs no GitHub where hd.yml names no repository', async () => {
      const cwd = await here.folder({
        'hd.yml': here.withoutRepository,
        'compose.yaml': composeFile(here.lab.registry),
      });
      const env = { GH_TOKEN: undefined, GITHUB_API_URL: 'http://127.0.0.1:1' };
      assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes'], { cwd, env }), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.4.0 on 1 of 1 host',
      });
      await here.assertServes('orin', '1.4.0');
    });
  });

  describe('of other compose files with the same image', () => {
    let cwd: string;

    before(async () => {
      await here.fresh('orin', 'v1.5.0');
      cwd = await here.checkout({});
      await writeFile(
        join(cwd, 'compose.yaml'),
        composeFile(here.lab.registry, { environment: { COLOUR: 'blue' } }),
      );
    });

    it('recreates what they change and no more, and says whence they are', async () => {
      const before = await here.container('orin', 'backend');
      const cache = await here.container('orin', 'cache');
      const args = ['deploy', 'orin', '--tag', 'v1.5.0', '--worktree', '--yes'];
      assertEnding(await here.hd(args, { cwd }), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
      });
      const kept = await here.assertServes('orin', '1.5.0');
      assert.equal(kept.ledger.at(-1)?.worktree, true);
      assert.notEqual((await here.container('orin', 'backend')).id, before.id);
      assert.deepEqual(await here.container('orin', 'cache'), cache);
      const environment = await here.lab.onHost('orin', [
        ...['docker', 'inspect', '--format', '{{.Config.Env}}', 'healthdelta-backend-1'],
      ]);
      assert.match(environment, /COLOUR=blue/);
      assertEnding(await here.hd(args, { cwd }), { exit: 0, outcome: 'no change' });
    });

    it('takes them from the working tree for no production environment', async () => {
      const args = ['deploy', 'prod', '--tag', 'v1.5.0', '--worktree', '--confirm', 'prod'];
      assertEnding(await here.hd(args, { cwd }), {
        exit: 2,
        outcome: 'usage',
        says: ['prod', '--worktree'],
        serves: 'nothing was asked or changed',
      });
    });
  });

  describe('of files that containers mount', () => {
    before(() => here.fresh('orin', 'v3.0.0'));

    const mounted = () =>
      here.lab.onHost('orin', [
        ...['docker', 'exec', 'healthdelta-cache-1', 'perl', '-pe', '', '/etc/app.conf'],
      ]);

    it('recreates a container only when their content changes', async () => {
      const first = await here.container('orin', 'cache');
      assert.equal(await mounted(), 'level=1');
      await here.deploy('orin', 'v3.1.0');
      assert.deepEqual(await here.container('orin', 'cache'), first, 'the content is the same');
      await here.deploy('orin', 'v3.2.0');
      assert.notEqual((await here.container('orin', 'cache')).id, first.id);
      assert.equal(await mounted(), 'level=2');
    });

    it('takes them back with the release', async () => {
      assertEnding(await here.hd(['rollback', 'orin', '--to', 'v3.1.0', '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v3.1.0 on 1 of 1 host',
      });
      assert.equal(await mounted(), 'level=1');
      await here.assertServes('orin', '3.1.0');
    });
  });

  describe('with env_files', () => {
    let cwd: string;
    const file = '/opt/healthdelta/.env';
    const asDeploy = (command: string) => here.lab.ssh('orin', command);

    before(async () => {
      await here.fresh('orin', 'v1.4.0');
      cwd = await here.checkout({ orin: { ...here.environment('orin'), env_files: ['.env'] } });
    });

    it('stops before anything is begun when one is missing, or can be read by everybody', async () => {
      const { text } = await here.assertServes('orin', '1.4.0');
      const args = ['deploy', 'orin', '--tag', 'v1.5.0', '--yes'];
      assertEnding(await here.hd(args, { cwd }), {
        exit: 2,
        outcome: 'usage',
        says: ['.env on orin is not there'],
      });
      await asDeploy(`umask 022; echo SECRET=squeamish-ossifrage > ${file}; chmod 644 ${file}`);
      assertEnding(await here.hd(args, { cwd }), {
        exit: 2,
        outcome: 'usage',
        says: ['.env on orin can be read by everybody'],
      });
      assert.equal((await here.assertServes('orin', '1.4.0')).text, text, 'the ledger');
    });

    it('uses it where it is, and never reads it back', async () => {
      await asDeploy(`chmod 600 ${file}`);
      const result = await here.hd(['deploy', 'orin', '--tag', 'v1.5.0', '--yes', '--json'], { cwd });
      assert.equal(jsonOf(result)['outcome'], 'confirmed');
      const kept = await here.assertServes('orin', '1.5.0');
      const found = await here.lab.onHost('orin', [
        ...['sh', '-c', 'grep -rl squeamish /opt/healthdelta || true'],
      ]);
      assert.equal(found, file);
      assert.ok(!(result.stdout + kept.text).includes('squeamish'));
    });
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonical, sha256 } from '../../src/lib/domain/canonical.ts';
import type { PlanFile } from '../../src/lib/domain/plan-file.ts';
import type { Stage } from '../../src/lib/domain/plan.ts';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import type { HdOptions, HdResult } from './support/lab.ts';
import { project, type Project } from './support/project.ts';

const SECRET = 'tr0ub4dor-and-three';
const DIRECTORY = '/opt/healthdelta';

describe('plans that are kept', function () {
  this.timeout(60_000);
  let here: Project;
  let cwd: string;
  let dir: string;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    dir = await mkdtemp(join(tmpdir(), 'hd-test-plans-'));
    await here.fresh('orin', 'v1.4.0');
    await here.lab.ssh('orin', `umask 077; cat > ${DIRECTORY}/.env`, `APP_SECRET=${SECRET}\n`);
    const orin = { ...here.environment('orin'), env_files: ['.env'] };
    const staging = { extends: 'orin', hosts: ['web-1'], env_files: [] };
    cwd = await here.checkout({ orin, staging, prod: undefined });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const hd = (args: readonly string[], options: HdOptions = {}): Promise<HdResult> =>
    here.hd(args, { cwd, ...options });
  const path = (name: string): string => join(dir, `${name}.json`);
  const kept = async (name: string): Promise<PlanFile> =>
    JSON.parse(await readFile(path(name), 'utf8')) as PlanFile;

  /** Plans the tag and keeps it under that name. */
  async function plan(name: string, tag: string): Promise<PlanFile> {
    const result = await hd(['plan', 'deploy', 'orin', '--tag', tag, '-o', path(name)]);
    assert.equal(result.exit, 0, result.stdout + result.stderr);
    return kept(name);
  }

  /** The same file, changed, under another name. */
  async function forged(name: string, change: (file: PlanFile) => object): Promise<string> {
    await writeFile(path('forged'), JSON.stringify(change(await kept(name))));
    return path('forged');
  }

  describe('hd plan -o', () => {
    it('keeps what would be done, in a form that others can read, without a secret', async () => {
      const result = await hd(['plan', 'deploy', 'orin', '--tag', 'v5.0.0', '-o', path('first'), '--steps']);
      assertEnding(result, {
        exit: 0,
        outcome: 'planned',
        serves: 'orin serves v1.4.0 on 1 of 1 host; nothing was changed',
        says: [
          /release +v1\.4\.0 -> v5\.0\.0, \d+ commits/,
          /compose +compose\.yaml \+1 -1/,
          /STAGE +HOSTS +WHAT +BECAUSE +EXPECTED/,
          /switch .* orin docker compose --project-name healthdelta .* up --detach/,
          /orin point current at releases\/dN, in one rename/,
          /kept +.*first\.json, plan [0-9a-f]{12}/,
        ],
        next: [`hd apply ${path('first')}`],
      });
      const text = await readFile(path('first'), 'utf8');
      const file = await kept('first');
      assert.equal(text, `${canonical(file)}\n`, 'canonical JSON');
      assert.equal((await stat(path('first'))).mode & 0o777, 0o644);
      for (const secret of [SECRET, here.env['GH_TOKEN'] ?? SECRET])
        assert.ok(!text.includes(secret), 'a secret is in it');
      const commands = file.stages.flatMap(({ steps }) =>
        steps.flatMap(({ action }) => (action.kind === 'run' ? [action.argv.slice(0, 2)] : [])),
      );
      assert.deepEqual(commands, [
        ['docker', 'pull'],
        ['docker', 'compose'],
      ]);
      const [change] = file.story.files;
      assert.deepEqual([change?.path, change?.change], ['compose.yaml', 'changed']);
      assert.ok(change?.diff.includes('-    environment: {}'), JSON.stringify(change));
      assert.ok(file.story.commits !== undefined && file.story.commits.total > 0);
      assert.ok((file.story.expectedMs['all'] ?? 0) > 0, JSON.stringify(file.story.expectedMs));
      assert.equal(file.story.wayBack?.name, 'v1.4.0');
      assert.equal(file.hash, sha256(canonical(file.subject)));
    });

    it('writes it to stdout as well, where hd apply reads it from', async () => {
      const made = await hd(['plan', 'deploy', 'orin', '--tag', 'v1.5.0', '-o', '-']);
      assert.equal(made.exit, 0, made.stderr);
      assertEnding(await hd(['apply', '-', '--dry-run'], { input: made.stdout }), {
        exit: 0,
        outcome: 'planned',
        serves: 'orin serves v1.4.0',
        next: ['hd apply -'],
      });
    });
  });

  describe('hd apply', () => {
    it('executes exactly the plan, and nothing the second time', async () => {
      const { hash } = await plan('next', 'v1.5.0');
      assertEnding(await hd(['apply', path('next')]), {
        exit: 2,
        outcome: 'usage',
        says: ['orin needs a yes'],
        next: [`hd apply ${path('next')} --yes`],
      });
      assertEnding(await hd(['apply', path('next'), '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
        says: [`plan ${hash.slice(0, 12)}`],
      });
      const { text } = await here.assertServes('orin', '1.5.0');
      assert.ok(text.includes(`"plan":"${hash}"`), 'the ledger has the plan that was kept');
      assertEnding(await hd(['apply', path('next'), '--yes']), {
        exit: 0,
        outcome: 'no change',
        serves: 'orin serves v1.5.0 on 1 of 1 host already',
      });
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text);
    });

    it('stops when a host has changed since, and says how', async () => {
      await plan('old', 'v1.6.0');
      await here.lab.onHost('orin', ['docker', 'rm', '--force', 'healthdelta-backend-1']);
      assertEnding(await hd(['apply', path('old'), '--yes']), {
        exit: 8,
        outcome: 'changed',
        serves: 'orin serves nothing',
        says: [
          /plan [0-9a-f]{12} is no longer the plan/,
          /orin does not run backend any more; it ran [0-9a-f]{12} \(v1\.5\.0\)/,
          'hd did not do this; nothing of the plan was begun',
        ],
        next: ['hd status orin'],
      });
      await here.deploy('orin', 'v1.5.0', { cwd });
    });

    it('stops when hd itself has changed it since, and says who did', async () => {
      await plan('overtaken', 'v1.6.0');
      await here.deploy('orin', 'v1.4.0', { cwd });
      assertEnding(await hd(['apply', path('overtaken'), '--yes']), {
        exit: 8,
        outcome: 'changed',
        says: [
          /orin runs [0-9a-f]{12} \(v1\.4\.0\); it ran [0-9a-f]{12} \(v1\.5\.0\)/,
          /d\d+ of login-a did this/,
        ],
      });
    });

    it('refuses what was altered, and runs no command that a file brings along', async () => {
      await plan('good', 'v1.6.0');
      const evil = ['touch', '/tmp/forged'];
      const withEvil = (stages: readonly Stage[]): Stage[] =>
        stages.map((stage) => ({
          ...stage,
          steps: stage.steps.map((step) =>
            step.action.kind === 'run' ? { ...step, action: { ...step.action, argv: evil } } : step,
          ),
        }));
      const altered = await forged('good', (file) => ({ ...file, stages: withEvil(file.stages) }));
      assertEnding(await hd(['apply', altered, '--yes']), {
        exit: 5,
        outcome: 'not verified',
        says: ['was altered: the steps of its stages are not those of its subject'],
      });
      const told = await forged('good', (file) => ({
        ...file,
        stages: file.stages.map((stage) => ({ ...stage, what: 'nothing to worry about' })),
      }));
      assertEnding(await hd(['apply', told, '--yes']), {
        exit: 5,
        outcome: 'altered',
        says: [/what the file says of \w+ is not what plan [0-9a-f]{12} does/],
      });
      // Consistent in itself: the steps everywhere, and the hash.
      const consistent = await forged('good', (file) => {
        const steps = file.subject.steps.map((step) =>
          'argv' in step.action ? { ...step, action: { ...step.action, argv: evil } } : step,
        );
        const subject = { ...file.subject, steps };
        return { ...file, subject, stages: withEvil(file.stages), hash: sha256(canonical(subject)) };
      });
      assertEnding(await hd(['apply', consistent, '--yes']), {
        exit: 8,
        outcome: 'changed',
        says: ['on orin no more: touch /tmp/forged', 'nothing of the plan was begun'],
      });
      const unknown = await forged('good', (file) => ({ ...file, then: evil }));
      assertEnding(await hd(['apply', unknown, '--yes']), {
        exit: 2,
        outcome: 'usage',
        says: ['Unrecognized key: "then"'],
      });
      assert.equal((await here.lab.ssh('orin', 'test -e /tmp/forged')).status, 1, 'the forged command ran');
      await here.assertServes('orin', '1.4.0');
    });

    it('goes back by a plan as well', async () => {
      const result = await hd(['plan', 'rollback', 'orin', '-o', path('back')]);
      assertEnding(result, { exit: 0, outcome: 'planned', next: [`hd apply ${path('back')}`] });
      const { verb, release } = await kept('back');
      assert.deepEqual([verb, release.tag], ['rollback', 'v1.5.0']);
      assertEnding(await hd(['apply', path('back'), '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
      });
    });
  });

  describe('hd promote', () => {
    before(() => here.lab.reset('web-1'));
    after(() => here.lab.reset('web-1'));

    it('needs two environments, and something that is confirmed in the first', async () => {
      assertEnding(await hd(['promote', 'orin', 'orin', '--yes']), { exit: 2, outcome: 'usage' });
      assertEnding(await hd(['promote', 'staging', 'orin', '--yes']), {
        exit: 3,
        outcome: 'refused',
        serves: 'nothing was promoted; orin was not touched',
        says: ['nothing is confirmed on staging'],
      });
    });

    it('deploys the digests that are confirmed there', async () => {
      await here.deploy('staging', 'v1.6.0', { cwd });
      const planned = await hd(['promote', 'staging', 'orin', '--dry-run']);
      assertEnding(planned, { exit: 0, outcome: 'planned', next: ['hd promote staging orin'] });
      assertEnding(await hd(['promote', 'staging', 'orin', '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v1.6.0 on 1 of 1 host',
      });
      const { image } = await here.container('orin', 'backend');
      assert.equal(image, (await here.container('web-1', 'backend')).image);
      const { ledger } = await here.assertServes('orin', '1.6.0');
      const started = ledger.findLast((each) => each.kind === 'started');
      assertFound(
        started?.evidence?.join('\n') ?? '',
        /promoted from staging, where it was confirmed .* \(d1\)/,
      );
    });

    it('keeps a proof of what runs there', async () => {
      const value = jsonOf(await hd(['verify', 'staging', '--record', '--json']));
      assert.equal(value['outcome'], 'verified');
      const { ledger } = await here.assertServes('web-1', '1.6.0');
      const proof = ledger.at(-1);
      assert.deepEqual([proof?.kind, proof?.verb, proof?.release?.tag], ['verified', 'verify', 'v1.6.0']);
      const history = await hd(['history', 'staging']);
      assertFound(history.stdout, /v1\.6\.0 +verified +login-a +8 of 8 checks/);
      assert.equal((await hd(['audit', 'verify', 'staging'])).exit, 0);
    });

    it('refuses when something else runs there, and records no proof of that', async () => {
      const { text } = await here.assertServes('web-1', '1.6.0');
      await here.lab.onHost('web-1', ['docker', 'rm', '--force', 'healthdelta-backend-1']);
      assertEnding(await hd(['promote', 'staging', 'orin', '--yes']), {
        exit: 3,
        outcome: 'refused',
        serves: 'nothing was promoted; orin was not touched',
        says: [/backend is not there on web-1; the ledger says v1\.6\.0/],
        next: ['hd status staging'],
      });
      assert.equal((await hd(['verify', 'staging', '--record'])).exit, 5);
      assert.equal(await here.lab.onHost('web-1', ['cat', `${DIRECTORY}/.hd/ledger.jsonl`]), text.trimEnd());
    });
  });
});

import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { composeFile } from './support/recipes.ts';
import { project, type Project } from './support/project.ts';

interface Finding {
  check: string;
  host: string;
  state: string;
  text: string;
  evidence: { asked: string; where: string; at: number; ms: number; attempts: number; got?: string[] };
}

const CHECKS = ['image', 'version', 'live', 'ready', 'compose', 'restarts', 'logs', 'status'];

describe('hd verify', function () {
  this.timeout(60_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('orin');
  });

  const findings = (value: Record<string, unknown>): Finding[] => value['findings'] as Finding[];

  it('says that nothing was ever confirmed', async () => {
    assertEnding(await here.hd(['verify', 'orin']), {
      exit: 5,
      outcome: 'not verified',
      says: ['nothing was ever confirmed on orin'],
      next: ['hd status orin'],
    });
  });

  describe('where a release serves', () => {
    before(() => here.fresh('orin', 'v1.4.0', 'v1.5.0'));

    it('proves it check by check, and changes nothing', async () => {
      const { text } = await here.assertServes('orin', '1.5.0');
      const result = await here.hd(['verify', 'orin']);
      const { commit, image } = here.release('v1.5.0');
      const digest = image.replace(/.*sha256:/, '').slice(0, 12);
      assertEnding(result, {
        exit: 0,
        outcome: 'verified',
        serves: /orin serves v1\.5\.0 on 1 of 1 host: (\d+) of \1 checks/,
        says: [
          `backend runs ${digest}, as released`,
          `GET /version: 200, "1.5.0", ${commit.slice(0, 7)}`,
          'GET /healthz: 200',
          'GET /ready: 200',
          /compose +backend healthy, cache runs/,
          /restarts +0.*policy unless-stopped/,
          /logs +\d+ lines? of 2m; no FATAL/,
          'smoke, GET /api/v1/system/status: 200',
        ],
        next: ['hd status orin'],
      });
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text, 'the ledger');
    });

    it('has the evidence of every check in its JSON', async () => {
      const start = Date.now();
      const value = jsonOf(await here.hd(['verify', 'orin', '--json']));
      assert.equal(value['outcome'], 'verified');
      assert.deepEqual(
        findings(value).map((each) => each.check),
        CHECKS,
      );
      for (const { state, host, evidence } of findings(value)) {
        assert.deepEqual([state, host, evidence.where, evidence.attempts], ['passed', 'orin', 'orin', 1]);
        assert.ok(
          evidence.asked !== '' && evidence.at >= start && evidence.ms >= 0,
          JSON.stringify(evidence),
        );
      }
    });

    it('runs every check although some fail, and shows what came back', async () => {
      const quick = { attempts: 2, delay: '10ms' };
      const { checks, ...rest } = here.environment('orin') as { checks: object };
      const cwd = await here.checkout({
        orin: {
          ...rest,
          checks: {
            ...checks,
            logs: { forbid: ['serving 1.5.0'] },
            smoke: [
              { name: 'gone', path: '/nowhere', ...quick },
              { name: 'field', path: '/version', expect: { json: { version: '9.9.9' } }, ...quick },
              { name: 'refusal', path: '/nowhere', expect: { status: 404 }, ...quick },
              { name: 'command', run: ['sh', '-c', 'echo not well; exit 3'] },
            ],
          },
        },
      });
      const result = await here.hd(['verify', 'orin'], { cwd });
      assertEnding(result, {
        exit: 5,
        outcome: 'not verified',
        serves: 'orin serves v1.5.0 on 1 of 1 host',
        says: [
          /x gone +.*404, wanted 200, 2 tries/,
          'GET http://127.0.0.1:8000/nowhere, asked on orin at',
          '| {"error":"not found"}',
          /x field .*version is "1\.5\.0"; wanted .*"9\.9\.9", 2 tries/,
          /x command +.*exit 3, wanted 0/,
          'asked from here',
          '| not well',
          /x logs +1 of \d+ lines? of 2m with serving 1\.5\.0/,
          /\+ 7 more .*refusal/,
          /safe +no: \d+ of \d+ checks passed/,
        ],
        next: ['hd status orin', 'hd rollback orin --to v1.4.0'],
      });
      const value = jsonOf(await here.hd(['verify', 'orin', '--json'], { cwd }));
      const failed = findings(value).filter((each) => each.state !== 'passed');
      assert.deepEqual(
        failed.map((each) => each.check),
        ['logs', 'gone', 'field', 'command'],
      );
      assert.equal(value.error?.exit, 5);
    });

    it('tells no answer from a wrong answer', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), url: 'http://127.0.0.1:9' } });
      const result = await here.hd(['verify', 'orin'], { cwd });
      assertEnding(result, {
        exit: 9,
        outcome: 'inconclusive',
        says: [/! ready +.*no answer: .*refused.*3 tries/i, /safe +not known/],
        next: ['hd status orin'],
      });
    });

    it('needs the tokens of its smoke checks, and never shows one', async () => {
      const { checks, ...rest } = here.environment('orin') as { checks: object };
      const smoke = [{ name: 'status', path: '/api/v1/system/status', token_env: 'HD_SMOKE_TOKEN' }];
      const cwd = await here.checkout({ orin: { ...rest, checks: { ...checks, smoke } } });
      assertEnding(await here.hd(['verify', 'orin'], { cwd }), {
        exit: 2,
        outcome: 'usage',
        says: ['HD_SMOKE_TOKEN, which is not set'],
      });
      const env = { HD_SMOKE_TOKEN: 'squeamish-ossifrage' };
      const result = await here.hd(['verify', 'orin', '--json'], { cwd, env });
      assert.equal(result.exit, 0, result.stdout);
      assert.ok(!result.stdout.includes('squeamish'));
    });
  });

  describe('where somebody was at work by hand', () => {
    beforeEach(() => here.ensure('orin', 'v1.4.0', 'v1.5.0'));

    const docker = (...args: string[]) => here.lab.onHost('orin', ['docker', ...args]);

    it('finds a service that was stopped, and a deployment starts it again', async () => {
      await docker('stop', 'healthdelta-backend-1');
      assertEnding(await here.hd(['verify', 'orin']), {
        exit: 5,
        outcome: 'not verified',
        serves: 'orin serves nothing',
        says: [
          /x image +backend is exited/,
          /x compose +backend exited with 0/,
          '! ready',
          /\+ 2 more +restarts, logs/,
        ],
        next: ['hd status orin', 'hd rollback orin --to v1.4.0'],
      });
      const status = await here.hd(['status', 'orin']);
      assert.equal(status.exit, 0);
      assertFound(status.stdout, /backend is exited on orin; the ledger says v1\.5\.0/);
      assertFound(status.stdout, /put it right: hd deploy orin --tag v1\.5\.0/);
      await here.deploy('orin', 'v1.5.0');
      await here.assertServes('orin', '1.5.0');
    });

    it('finds another image than was released, and a deployment puts it right', async () => {
      const file = composeFile(here.lab.registry).replace(
        /image: .*-backend/,
        `image: ${here.release('v1.4.0').image}`,
      );
      const compose = 'docker compose -p healthdelta --project-directory /opt/healthdelta -f -';
      const byHand = await here.lab.ssh('orin', `${compose} up --detach --wait backend`, file);
      assert.equal(byHand.status, 0, byHand.stderr);
      assertEnding(await here.hd(['verify', 'orin']), {
        exit: 5,
        outcome: 'not verified',
        serves: 'orin serves v1.4.0',
        says: [/x image +backend runs [0-9a-f]{12}; wanted [0-9a-f]{12}/, /x version .*1\.4\.0.*1\.5\.0/],
      });
      const status = await here.hd(['status', 'orin']);
      assert.equal(status.exit, 0);
      assertFound(status.stdout, /orin runs backend [0-9a-f]{12}; the ledger says [0-9a-f]{12} \(v1\.5\.0\)/);
      assertFound(status.stdout, /not by hd/);
      await here.deploy('orin', 'v1.5.0');
      await here.assertServes('orin', '1.5.0');
      assert.equal((await here.hd(['verify', 'orin'])).exit, 0);
    });

    it('finds that a container died and was started again', async () => {
      const kill = 'kill -9 "$(docker inspect --format {{.State.Pid}} healthdelta-backend-1)"';
      await here.lab.onHost('orin', ['sh', '-c', kill]);
      assertEnding(await here.hd(['verify', 'orin']), {
        exit: 5,
        outcome: 'not verified',
        says: [/x restarts +backend restarted 1 time,/],
      });
    });
  });
});

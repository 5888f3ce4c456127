import assert from 'node:assert/strict';
import { assertEnding, assertFound } from './support/ending.ts';
import { Orin, SERVES } from './support/orin.ts';
import type { Project } from './support/project.ts';

/** A registry and a GitHub with bad luck. It serves v1.5.0 at the end of every story, and says so. */
describe('when a deployment goes wrong by others', function () {
  this.timeout(90_000);
  let orin: Orin;
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    orin = await Orin.open();
    ({ here } = orin);
  });
  beforeEach(() => orin.ensure());

  describe('by a registry', () => {
    after(() => here.lab.startRegistry());

    it('stops when it is down', () =>
      orin.untouched(async () => {
        await here.lab.stopRegistry();
        try {
          assertEnding(await orin.deploy('v4.0.0'), {
            exit: 11,
            outcome: 'unreachable',
            serves: `${SERVES}; nothing was changed`,
            says: [here.lab.registry],
          });
        } finally {
          await here.lab.startRegistry();
        }
      }));

    it('goes back when it goes down before the images are pulled', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), production: true } });
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v4.0.0'], cwd);
      await terminal.until(/Type its name to go on/);
      await here.closeRegistry('orin');
      try {
        terminal.type('orin\r');
        assert.equal(await terminal.end(), 6, terminal.text);
      } finally {
        await here.openRegistry('orin');
      }
      assertFound(terminal.text, 'v4.0.0 on orin: docker pull: exit 1');
      assertFound(terminal.text, `! rolled-back ${SERVES}, as before (exit 6)`);
      assertFound(terminal.text, 'affected nothing: no host was switched to v4.0.0');
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('by GitHub', () => {
    afterEach(() => here.clearFaults());
    // What hd asks, and what the lab answers, is as GitHub's own description has it.
    after(async () => assert.deepEqual(await here.violations(), []));

    const withEnv = (env: Record<string, string | undefined>) => orin.deploy('v1.6.0', { env });

    it('stops without a token', () =>
      orin.untouched(async () => {
        assertEnding(await withEnv({ GH_TOKEN: undefined, PATH: '/usr/bin:/bin' }), {
          exit: 4,
          outcome: 'not allowed',
          serves: `${SERVES}; nothing was changed`,
          says: ['GH_TOKEN'],
        });
      }));

    it('stops at a token that GitHub does not know', () =>
      orin.untouched(async () => {
        const result = await withEnv({ GH_TOKEN: 'squeamish-ossifrage' });
        assertEnding(result, {
          exit: 4,
          outcome: 'not allowed',
          serves: `${SERVES}; nothing was changed`,
          says: ['does not accept the token', 'GH_TOKEN'],
        });
        assert.ok(!(result.stdout + result.stderr).includes('squeamish'));
      }));

    it('names the permission that a token is without', () =>
      orin.untouched(async () => {
        assertEnding(await withEnv({ GH_TOKEN: 'lab-weak' }), {
          exit: 4,
          outcome: 'not allowed',
          serves: `${SERVES}; nothing was changed`,
          says: ['lacks contents=read on acme/healthdelta'],
        });
      }));

    for (const [what, fault, said] of [
      ['500', { kind: 'status', status: 500 }, "can't be reached to read tag v1.6.0: it answered 500"],
      ['502', { kind: 'status', status: 502 }, "can't be reached to read tag v1.6.0: it answered 502"],
      ['its secondary limit', { kind: 'secondary-limit', retryAfter: 1 }, "GitHub's secondary rate limit"],
    ] as const) {
      it(`stops when it answers with ${what} and does not stop to`, () =>
        orin.untouched(async () => {
          await here.fault({ match: { path: '/git/|/commits|/contents' }, times: 1000, ...fault });
          assertEnding(await orin.deploy('v1.6.0'), {
            exit: 11,
            outcome: 'unreachable',
            serves: `${SERVES}; nothing was changed`,
            says: [said],
          });
        }));
    }

    it('goes on when it recovers', async () => {
      await here.fault({
        match: { path: '/git/|/commits|/contents' },
        times: 1,
        kind: 'status',
        status: 502,
      });
      const result = await here.hd(['deploy', 'orin', '--tag', 'v1.6.0', '-n']);
      assertEnding(result, { exit: 0, outcome: 'planned' });
    });
  });
});

import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf, type Ending } from './support/ending.ts';
import { project, type Project } from './support/project.ts';
import { MANIFESTS } from './support/releases.ts';
import type { Kept } from './support/sound.ts';

/** Bad input and bad luck on one host that serves v1.5.0, after v1.4.0: it serves v1.5.0 at the end of every story. */
describe('when a deployment goes wrong', function () {
  this.timeout(90_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('orin', 'v1.4.0', 'v1.5.0');
  });
  beforeEach(() => here.ensure('orin', 'v1.4.0', 'v1.5.0'));

  const deploy = (tag: string, options: Parameters<Project['hd']>[1] = {}) =>
    here.hd(['deploy', 'orin', '--tag', tag, '--yes'], options);
  const SERVES = 'orin serves v1.5.0 on 1 of 1 host';

  /** Nothing was begun: the container and, unless a refusal is recorded, the ledger are as they were. */
  async function untouched(story: () => Promise<void>, recorded: 'nothing' | 'refused' = 'nothing') {
    const container = await here.container('orin', 'backend');
    const before = await here.assertServes('orin', '1.5.0');
    await story();
    const after = await here.assertServes('orin', '1.5.0');
    assert.deepEqual(await here.container('orin', 'backend'), container);
    assert.deepEqual(after.releases, before.releases);
    if (recorded === 'nothing') assert.equal(after.text, before.text, 'the ledger');
    else
      assert.deepEqual(
        after.ledger.slice(before.ledger.length).map((each) => each.kind),
        ['refused'],
      );
  }

  /** v1.5.0 was put back and proved, and the ledger says why. */
  async function wentBack(tag: string, options: Parameters<Project['hd']>[1], says: Ending['says']) {
    assertEnding(await deploy(tag, options), {
      exit: 6,
      outcome: 'rolled-back',
      serves: `${SERVES}, as before`,
      says: [`failed ${tag} on orin: `, / safe yes: \d+ of \d+ checks passed/, ...(says ?? [])],
      next: ['hd history orin'],
    });
    const { ledger } = await here.assertServes('orin', '1.5.0');
    const last = ledger.at(-1);
    assert.deepEqual([last?.outcome, last?.release?.tag], ['rolled-back', tag]);
    assert.ok(last?.reason !== undefined && last.reason !== '');
  }

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

  describe('by the release', () => {
    it('stops at compose files that do not parse', () =>
      untouched(async () => {
        assertEnding(await deploy('v2.7.0'), {
          exit: 2,
          outcome: 'usage',
          says: ['compose.yaml of the release does not parse'],
        });
      }));

    it('stops at a version label that lies', () =>
      untouched(async () => {
        assertEnding(await deploy('v2.5.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['backend:v2.5.0 says org.opencontainers.image.version is 9.9.9'],
        });
      }, 'refused'));

    it('stops at a revision label that lies', () =>
      untouched(async () => {
        assertEnding(await deploy('v2.6.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['org.opencontainers.image.revision is fffff'],
        });
      }, 'refused'));

    it('stops at a tag that has no image', () =>
      untouched(async () => {
        assertEnding(await deploy('v2.9.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['v2.9.0 has no image'],
          next: ['hd release v2.9.0'],
        });
      }, 'refused'));

    it('stops at an image that vanished from the registry', () =>
      untouched(async () => {
        const digest = here.release('v2.8.0').image.replace(/.*@/, '');
        const path = `/v2/acme/healthdelta-backend/manifests/${digest}`;
        const gone = await fetch(`http://${here.lab.registry}${path}`, { method: 'DELETE' });
        assert.equal(gone.status, 202);
        assertEnding(await deploy('v2.8.0'), {
          exit: 5,
          outcome: 'not verified',
          serves: `${SERVES}; nothing was changed`,
          says: ['v2.8.0 has no image'],
        });
      }, 'refused'));

    it('goes back when the service is never ready', () => wentBack('v2.0.0', {}, ['backend is unhealthy']));

    it('goes back when it says that it is another version', () =>
      wentBack('v2.2.0', {}, ['version "0.0.0"; wanted "2.2.0"', '| {"version":"0.0.0"']));

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
      await wentBack('v2.1.0', { cwd }, [/backend (restarted|crashed|exited)/, '| out of luck after 2 s']);
    });

    it('goes back when it was down for longer than it may be', async () => {
      const rollout = { settle: '0s', timeout: '20s', max_downtime: '10ms' };
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), rollout } });
      await wentBack('v1.6.0', { cwd }, [/downtime: \d+\.\ds during the last switch; limit 0\.0s/]);
    });

    it('goes back when a smoke check gets a wrong answer', async () => {
      const { checks, ...rest } = here.environment('orin') as { checks: object };
      const smoke = [{ name: 'gone', path: '/api/1.6', attempts: 2, delay: '10ms' }];
      const cwd = await here.checkout({ orin: { ...rest, checks: { ...checks, smoke } } });
      const result = await deploy('v1.6.0', { cwd });
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

  describe('by a registry', () => {
    after(() => here.lab.startRegistry());

    it('stops when it is down', () =>
      untouched(async () => {
        await here.lab.stopRegistry();
        try {
          assertEnding(await deploy('v4.0.0'), {
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
      assertFound(terminal.text, 'v4.0.0 on orin: docker pull on orin: exit 1');
      assertFound(terminal.text, `! rolled-back ${SERVES}, as before (exit 6)`);
      assertFound(terminal.text, 'affected nothing: no host was switched to v4.0.0');
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('by GitHub', () => {
    afterEach(() => here.clearFaults());
    // What hd asks, and what the lab answers, is as GitHub's own description has it.
    after(async () => assert.deepEqual(await here.violations(), []));

    const withEnv = (env: Record<string, string | undefined>) => deploy('v1.6.0', { env });

    it('stops without a token', () =>
      untouched(async () => {
        assertEnding(await withEnv({ GH_TOKEN: undefined, PATH: '/usr/bin:/bin' }), {
          exit: 4,
          outcome: 'not allowed',
          serves: `${SERVES}; nothing was changed`,
          says: ['GH_TOKEN'],
        });
      }));

    it('stops at a token that GitHub does not know', () =>
      untouched(async () => {
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
      untouched(async () => {
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
        untouched(async () => {
          await here.fault({ match: { path: '/git/|/commits|/contents' }, times: 1000, ...fault });
          assertEnding(await deploy('v1.6.0'), {
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

  describe('by the host', () => {
    it('stops when it is down', () =>
      untouched(async () => {
        await here.lab.cut('orin');
        try {
          assertEnding(await deploy('v1.6.0'), {
            exit: 11,
            outcome: 'unreachable',
            serves: 'orin',
            says: [/orin.*: no answer from .* in 1s, 3 tries/],
            next: [/ssh .*orin true$/],
          });
        } finally {
          await here.lab.mend('orin');
        }
      }));

    it('stops when it refuses the key', () =>
      untouched(async () => {
        const keys = '/home/deploy/.ssh/authorized_keys';
        await here.lab.onHost('orin', ['mv', keys, `${keys}.away`]);
        try {
          assertEnding(await deploy('v1.6.0'), {
            exit: 4,
            outcome: 'not allowed',
            says: [/orin.*(refused|denied|accepted)/i],
            next: [/ssh .*orin/],
          });
        } finally {
          await here.lab.onHost('orin', ['mv', `${keys}.away`, keys]);
        }
      }));

    it('stops when its key is another one', () =>
      untouched(async () => {
        const known = await here.lab.onHost('orin', [
          'ssh-keygen',
          '-lf',
          '/etc/ssh/ssh_host_ed25519_key.pub',
        ]);
        await here.lab.changeHostKey('orin');
        try {
          const offered = await here.lab.onHost('orin', [
            ...['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub'],
          ]);
          const fingerprint = (text: string): string => / (SHA256:\S+) /.exec(text)?.[1] ?? '';
          assert.notEqual(fingerprint(known), fingerprint(offered));
          const result = await deploy('v1.6.0');
          assertEnding(result, {
            exit: 4,
            outcome: 'host key',
            says: [
              'offered another host key than it had',
              fingerprint(known),
              fingerprint(offered),
              'known_hosts, line ',
              /ssh-keygen .*-R /,
            ],
          });
        } finally {
          await here.lab.trustHostKeys();
        }
      }));

    it('goes back when its disk is full while files are shipped', async () => {
      await here.lab.fillDisk('orin', '/opt/healthdelta/releases');
      try {
        assertEnding(await deploy('v1.6.0'), {
          exit: 6,
          outcome: 'rolled-back',
          serves: `${SERVES}, as before`,
          says: ['failed v1.6.0 on orin: ', 'no space left'],
        });
      } finally {
        await here.lab.freeDisk('orin', '/opt/healthdelta/releases');
      }
      await here.assertServes('orin', '1.5.0');
    });

    it('goes back when its disk is full while images are pulled', async () => {
      await here.lab.fillDisk('orin', '/var/lib/docker/tmp');
      try {
        await wentBack('v4.0.0', {}, ['docker pull on orin: no space left']);
      } finally {
        await here.lab.freeDisk('orin', '/var/lib/docker/tmp');
      }
    });

    it('clears away what a power cut left of a container that was being made', async () => {
      const name = 'healthdelta-backend-1';
      await here.lab.onHost('orin', ['docker', 'stop', name]);
      const labels = [
        'project=healthdelta',
        'service=backend',
        'oneoff=False',
        'container-number=1',
        'config-hash=0',
      ];
      await here.lab.onHost('orin', [
        ...['docker', 'create', '--name', `0123456789ab_${name}`],
        ...labels.flatMap((label) => ['--label', `com.docker.compose.${label}`]),
        here.release('v1.5.0').image,
      ]);
      assertEnding(await deploy('v1.5.0'), { exit: 0, outcome: 'confirmed', serves: SERVES });
      await here.assertServes('orin', '1.5.0');
      await here.container('orin', 'backend');
    });

    it('begins nothing when not even the ledger can be written', () =>
      untouched(async () => {
        await here.lab.fillDisk('orin', '/opt/healthdelta/.hd');
        try {
          assertEnding(await deploy('v1.6.0'), {
            exit: 11,
            outcome: 'unreachable',
            serves: `${SERVES}; nothing was changed`,
            says: ['orin: no space left'],
          });
        } finally {
          await here.lab.freeDisk('orin', '/opt/healthdelta/.hd');
        }
      }));
  });

  describe('by another operator', () => {
    it('stops at the lock, and says who holds it', async () => {
      const first = here.start(['deploy', 'orin', '--tag', 'v2.4.0', '--yes']);
      await first.says(/start +switch/);
      const env = { GH_TOKEN: 'lab-login-b' };
      assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.6.0', '--yes'], { env }), {
        exit: 8,
        outcome: 'locked',
        serves: /orin serves/,
        says: ['login-a holds the lock on orin', /holder login-a, /, /doing deploy v2\.4\.0/],
        next: ['hd status orin'],
      });
      assertFound((await here.hd(['status', 'orin'])).stdout, 'held on orin by login-a');
      assert.equal((await first.end()).exit, 0);
      await here.assertServes('orin', '2.4.0');
      await here.deploy('orin', 'v1.5.0');
    });

    it('stops when the host changed since the plan', async () => {
      const cwd = await here.checkout({ orin: { ...here.environment('orin'), production: true } });
      const { text } = await here.assertServes('orin', '1.5.0');
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0'], cwd);
      await terminal.until(/Type its name to go on/);
      await here.lab.onHost('orin', ['docker', 'rm', '--force', 'healthdelta-backend-1']);
      terminal.type('orin\r');
      assert.equal(await terminal.end(), 8, terminal.text);
      assertFound(terminal.text, 'the hosts changed since the plan; nothing of it was begun');
      assertFound(terminal.text, '✗ changed orin serves nothing (exit 8)');
      assertFound(terminal.text, 'hd status orin');
      await here.deploy('orin', 'v1.5.0');
      const kept = await here.assertServes('orin', '1.5.0');
      assert.ok(kept.text.startsWith(text));
      assert.equal(kept.ledger.length, text.split('\n').length + 2, 'only the deployment that mended it');
    });
  });

  describe('and there is nothing to go back to', () => {
    it('says so, and that a person is needed', async () => {
      await here.fresh('orin');
      assertEnding(await deploy('v2.0.0'), {
        exit: 7,
        outcome: 'failed',
        serves: /orin serves .*; nothing was ever confirmed here to go back to/,
        says: ['failed v2.0.0 on orin: backend is unhealthy', / safe no/],
        next: ['hd verify orin'],
      });
      const value = jsonOf(await here.hd(['history', 'orin', '--json']));
      const entries = value['entries'] as { outcome?: string }[];
      assert.equal(entries.at(-1)?.outcome, 'failed');
      // The next one, which is well, is a first deployment still.
      assertEnding(await deploy('v1.4.0'), { exit: 0, outcome: 'confirmed' });
      await here.assertServes('orin', '1.4.0');
    });
  });
});

import assert from 'node:assert/strict';
import { assertEnding } from './support/ending.ts';
import { Orin, SERVES } from './support/orin.ts';
import type { Project } from './support/project.ts';

/** Hosts with bad luck. It serves v1.5.0 at the end of every story, and says so. */
describe('when a deployment goes wrong by its host', function () {
  this.timeout(90_000);
  let orin: Orin;
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    orin = await Orin.open();
    ({ here } = orin);
  });
  beforeEach(() => orin.ensure());

  describe('by the host', () => {
    it('stops when it is down', () =>
      orin.untouched(async () => {
        await here.lab.cut('orin');
        try {
          assertEnding(await orin.deploy('v1.6.0'), {
            exit: 11,
            outcome: 'unreachable',
            serves: 'orin',
            says: [/orin.*: no answer from .* in 3s, 3 tries/],
            next: [/ssh .*orin true$/],
          });
        } finally {
          await here.lab.mend('orin');
        }
      }));

    it('stops when it refuses the key', () =>
      orin.untouched(async () => {
        const keys = '/home/deploy/.ssh/authorized_keys';
        await here.lab.onHost('orin', ['mv', keys, `${keys}.away`]);
        try {
          assertEnding(await orin.deploy('v1.6.0'), {
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
      orin.untouched(async () => {
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
          const result = await orin.deploy('v1.6.0');
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
        assertEnding(await orin.deploy('v1.6.0'), {
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
        await orin.wentBack('v4.0.0', {}, ['docker pull: no space left']);
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
      assertEnding(await orin.deploy('v1.5.0'), { exit: 0, outcome: 'confirmed', serves: SERVES });
      await here.assertServes('orin', '1.5.0');
      await here.container('orin', 'backend');
    });

    it('begins nothing when not even the ledger can be written', () =>
      orin.untouched(async () => {
        await here.lab.fillDisk('orin', '/opt/healthdelta/.hd');
        try {
          assertEnding(await orin.deploy('v1.6.0'), {
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
});

import assert from 'node:assert/strict';
import { assertEnding, assertFound } from './support/ending.ts';
import { project, type Project } from './support/project.ts';

describe('when the operator wants to stop', function () {
  this.timeout(90_000);
  let here: Project;
  let asking: string;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('orin', 'v1.4.0', 'v1.5.0');
    asking = await here.checkout({ orin: { ...here.environment('orin'), production: true } });
  });

  beforeEach(() => here.ensure('orin', 'v1.4.0', 'v1.5.0'));

  const SERVES = 'orin serves v1.5.0 on 1 of 1 host';
  const deploy = ['deploy', 'orin', '--tag', 'v2.4.0', '--yes'];

  describe('at the question', () => {
    it('changes nothing when another name is typed', async () => {
      const { text } = await here.assertServes('orin', '1.5.0');
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0'], asking);
      await terminal.until(/This changes orin\. Type its name to go on/);
      terminal.type('prod\r');
      assert.equal(await terminal.end(), 130, terminal.text);
      assertFound(terminal.text, 'Not "orin": nothing was changed.');
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text);
    });

    it('changes nothing after Ctrl-C', async () => {
      const { text } = await here.assertServes('orin', '1.5.0');
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0'], asking);
      await terminal.until(/Type its name to go on/);
      terminal.type('\x03');
      assert.equal(await terminal.end(), 130, terminal.text);
      assertFound(terminal.text, 'nothing was changed');
      assertFound(terminal.text, '(exit 130)');
      assert.equal((await here.assertServes('orin', '1.5.0')).text, text);
    });

    it('goes on when the name is typed', async () => {
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0'], asking);
      await terminal.until(/Type its name to go on/);
      terminal.type('orin\r');
      assert.equal(await terminal.end(), 0, terminal.text);
      assertFound(terminal.text, '✓ confirmed orin serves v1.6.0 on 1 of 1 host');
      await here.assertServes('orin', '1.6.0');
      await here.deploy('orin', 'v1.5.0');
    });

    it('takes an empty line for a no where no name is needed', async () => {
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.6.0']);
      await terminal.until(/Go on\?/);
      terminal.type('\r');
      assert.equal(await terminal.end(), 130, terminal.text);
      await here.assertServes('orin', '1.5.0');
    });
  });

  describe('in the middle', () => {
    it('stops while images are pulled, and the pull that hangs is in nobody’s way', async () => {
      const terminal = here.terminal(['deploy', 'orin', '--tag', 'v4.0.0'], asking);
      await terminal.until(/Type its name to go on/);
      await here.pauseRegistry();
      try {
        terminal.type('orin\r');
        await terminal.until(/pull .*\n.*orin.*docker pull/);
        terminal.type('\x03');
        assert.equal(await terminal.end(), 130, terminal.text);
        assertFound(terminal.text, `! interrupted ${SERVES}; nothing was changed (exit 130)`);
        assertFound(terminal.text, 'hd deploy orin --tag v4.0.0');
        const kept = await here.assertServes('orin', '1.5.0');
        assert.equal(kept.ledger.at(-1)?.outcome, 'interrupted');

        assertEnding(await here.hd(['rollback', 'orin', '--to', 'v1.4.0', '--yes']), {
          exit: 0,
          outcome: 'confirmed',
          serves: 'orin serves v1.4.0 on 1 of 1 host',
        });
        const pulls = await here.lab.onHost('orin', [
          ...['sh', '-c', 'grep -lzx "pul[l]" /proc/[0-9]*/cmdline || true'],
        ]);
        assert.notEqual(pulls, '', 'the rollback waited until the pull had given up');
        await here.assertServes('orin', '1.4.0');
      } finally {
        await here.unpauseRegistry();
      }
    });

    it('stops when the switch that was begun is over, and says what serves and how to go on', async () => {
      const running = here.start(deploy);
      await running.says(/start +switch/);
      running.signal('SIGINT');
      const result = await running.end();
      assertEnding(result, {
        exit: 130,
        outcome: 'interrupted',
        serves: 'orin serves v2.4.0 on 1 of 1 host',
        says: ['lock released', ' safe not known: v2.4.0 was not verified'],
        next: ['hd rollback orin --to v1.5.0', 'hd resume orin'],
      });
      assertFound(result.stderr, 'stopping at the next safe point');
      const kept = await here.assertServes('orin', '2.4.0');
      assert.equal(kept.ledger.at(-1)?.outcome, 'interrupted');

      const { id } = await here.container('orin', 'backend');
      assertEnding(await here.hd(['resume', 'orin', '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v2.4.0 on 1 of 1 host',
        says: ['nothing; what served already was verified and confirmed'],
      });
      assert.equal((await here.container('orin', 'backend')).id, id, 'it was only verified');
      await here.deploy('orin', 'v1.5.0');
    });

    it('stops while it verifies', async () => {
      const { checks, ...rest } = here.environment('orin') as { checks: object };
      const smoke = [{ name: 'long', path: '/nowhere', attempts: 1000, delay: '100ms' }];
      const cwd = await here.checkout({ orin: { ...rest, checks: { ...checks, smoke } } });
      const running = here.start(['deploy', 'orin', '--tag', 'v1.6.0', '--yes'], cwd);
      await running.says(/start +verify/);
      running.signal('SIGTERM');
      assertEnding(await running.end(), {
        exit: 130,
        outcome: 'interrupted',
        serves: 'orin serves v1.6.0 on 1 of 1 host',
        says: [' safe not known: v1.6.0 was not verified'],
        next: ['hd rollback orin --to v1.5.0'],
      });
      await here.assertServes('orin', '1.6.0');
      assertEnding(await here.hd(['rollback', 'orin', '--to', 'v1.5.0', '--yes']), {
        exit: 0,
        outcome: 'confirmed',
      });
      await here.assertServes('orin', '1.5.0');
    });

    it('brings going back to its end', async () => {
      const running = here.start(['deploy', 'orin', '--tag', 'v2.0.0', '--yes']);
      await running.says(/start +go-back/);
      running.signal('SIGINT');
      assertEnding(await running.end(), {
        exit: 6,
        outcome: 'rolled-back',
        serves: `${SERVES}, as before`,
        says: ['failed v2.0.0 on orin: ', / safe yes: /],
      });
      await here.assertServes('orin', '1.5.0');
    });

    it('leaves at once at the second Ctrl-C, and what was begun goes on without it', async () => {
      const running = here.start(deploy);
      await running.says(/start +switch/);
      running.signal('SIGINT');
      await running.says(/stopping at the next safe point/);
      running.signal('SIGINT');
      const result = await running.end();
      assertEnding(result, {
        exit: 130,
        outcome: 'interrupted',
        says: [' safe not known'],
        next: ['hd resume orin'],
      });
      // Nobody is there to give the lock back, and its process is seen to be gone.
      const status = await here.hd(['status', 'orin']);
      assertFound(status.stdout, 'lock free');
      assertFound(status.stdout, ': hd resume orin');
      await here.leaseEnds('orin');
      await here.waitFor('v2.4.0 serves', async () => (await here.lab.serves('orin')) === '2.4.0');
      assertFound(
        (await here.hd(['status', 'orin'])).stdout.replace(/\s+/g, ' '),
        /left no last word; it stopped (in|after) switch, orin finish d[0-9]+: hd resume orin/,
      );
      assertEnding(await here.hd(['resume', 'orin', '--yes']), {
        exit: 0,
        outcome: 'confirmed',
        serves: 'orin serves v2.4.0 on 1 of 1 host',
      });
      const kept = await here.assertServes('orin', '2.4.0');
      const kinds = kept.ledger.map((each) => each.kind).slice(-6);
      assert.deepEqual(kinds, ['started', 'taken-over', 'interrupted', 'planned', 'started', 'finished']);
      await here.fresh('orin');
    });
  });
});

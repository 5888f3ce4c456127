import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { project, WEB, type Project } from './support/project.ts';
import type { Running } from './support/running.ts';

const B = { GH_TOKEN: 'lab-login-b' };
const SERVES = 'orin serves v1.5.0 on 1 of 1 host';

describe('the lock (D3)', function () {
  this.timeout(120_000);
  let here: Project;
  let flags: string;
  let flag = 0;
  before(async function () {
    this.timeout(180_000);
    here = await project();
    flags = mkdtempSync(join(tmpdir(), 'hd-flag-'));
  });
  after(() => rmSync(flags, { recursive: true, force: true }));
  beforeEach(() => here.ensure('orin', 'v1.4.0', 'v1.5.0'));

  /** A deployment that has the lock until it is let go: its last check waits for that. */
  async function held(tag: string): Promise<{ running: Running; go: () => void }> {
    const file = join(flags, `go-${(flag += 1)}`);
    const { checks, ...rest } = here.environment('orin') as { checks: object };
    const wait = `until [ -e "$0" ]; do sleep 0.1; done`;
    const smoke = [{ name: 'held', run: ['sh', '-c', wait, file], timeout: '60s' }];
    const cwd = await here.checkout({ orin: { ...rest, checks: { ...checks, smoke } } });
    const running = here.start(['deploy', 'orin', '--tag', tag, '--yes'], cwd);
    return { running, go: () => writeFileSync(file, '') };
  }

  it('is shown to whoever meets it, and goes to those who wait in their order', async () => {
    const { running, go } = await held('v1.6.0');
    await running.says(/start +verify/);
    const met = await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes'], { env: B });
    assertEnding(met, {
      exit: 8,
      outcome: 'locked',
      serves: 'orin serves v1.6.0 on 1 of 1 host',
      says: [
        /holder +login-a, on \S+, process \d+/,
        /doing +d\d+, deploy v1\.6\.0, plan [0-9a-f]{12}/,
        /lock +since \S+ \(\d+s ago\), renewed \d+s ago, until \S+/,
      ],
      next: ['hd deploy orin --tag v1.4.0 --yes --lock-wait 10m', 'hd rollback orin --interrupt'],
    });
    assert.ok(!met.stderr.includes('way-back'), 'who has it is said before the preview');
    assertFound((await here.hd(['status', 'orin'])).stdout, 'held on orin by login-a');

    const wait = (tag: string): Running =>
      here.start(['deploy', 'orin', '--tag', tag, '--yes', '--lock-wait', '1m'], undefined, B);
    const first = wait('v1.4.0');
    await first.says(/lock +1st of 1 in line behind login-a \(deploy v1\.6\.0\)/);
    const second = wait('v1.5.0');
    await second.says(/lock +2nd of 2 in line behind login-a \(deploy v1\.6\.0\)/);
    go();
    for (const [each, version] of [
      [running, '1.6.0'],
      [first, '1.4.0'],
      [second, '1.5.0'],
    ] as const)
      assertEnding(await each.end(), { exit: 0, outcome: 'confirmed', serves: `orin serves v${version}` });
    const kept = await here.assertServes('orin', '1.5.0');
    const done = kept.ledger.filter(({ kind }) => kind === 'finished').slice(-3);
    assert.deepEqual(
      done.map(({ release, actor }) => [release?.tag, actor.name]),
      [
        ['v1.6.0', 'login-a'],
        ['v1.4.0', 'login-b'],
        ['v1.5.0', 'login-b'],
      ],
    );
  });

  it('is left at a Ctrl-C while waiting, with nothing changed', async () => {
    const { running, go } = await held('v1.6.0');
    await running.says(/start +verify/);
    const waiting = here.start(['deploy', 'orin', '--tag', 'v1.4.0', '--yes', '--lock-wait', '1m']);
    await waiting.says(/lock +1st of 1 in line/);
    waiting.signal('SIGINT');
    assertEnding(await waiting.end(), {
      exit: 130,
      outcome: 'interrupted',
      serves: 'nothing was changed',
      next: ['hd status orin'],
    });
    const line = await here.lab.onHost('orin', ['ls', '/opt/healthdelta/.hd/line']);
    assert.equal(line, '');
    go();
    assertEnding(await running.end(), { exit: 0, outcome: 'confirmed' });
    await here.deploy('orin', 'v1.5.0');
  });

  it('is given up by a deployment that a rollback asks to stop', async () => {
    const { running } = await held('v2.4.0');
    await running.says(/start +switch/);
    const back = await here.hd(['rollback', 'orin', '--interrupt', '--yes'], { env: B });
    assertEnding(back, { exit: 0, outcome: 'confirmed', serves: SERVES });
    assertFound(back.stderr, 'login-a (deploy v2.4.0) was asked to stop at its next safe point');
    assertEnding(await running.end(), {
      exit: 130,
      outcome: 'interrupted',
      serves: 'orin serves v2.4.0 on 1 of 1 host',
      says: [/why +login-b on \S+ asked it to stop to roll back/, ' safe not known'],
      next: ['hd status orin'],
    });
    const { ledger } = await here.assertServes('orin', '1.5.0');
    const stopped = ledger.findLast(({ outcome }) => outcome === 'interrupted');
    assert.match(stopped?.reason ?? '', /^login-b on \S+ asked it to stop to roll back$/);
  });

  it('of an operator who died on this machine is taken over at once; elsewhere, when it has run out', async () => {
    const { running } = await held('v1.6.0');
    await running.says(/start +verify/);
    running.signal('SIGKILL');
    await running.end();
    assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes']), {
      exit: 8,
      outcome: 'unfinished',
      next: ['hd resume orin', 'hd rollback orin'],
    });
    // As a lock of another machine says it: no process of this one.
    const lock = '/opt/healthdelta/.hd/lock';
    const text = await here.lab.onHost('orin', ['cat', lock]);
    await here.lab.onHost('orin', ['sed', '-i', 's/"process":"[^"]*",//', lock]);
    const elsewhere = here.start(['resume', 'orin', '--yes'], undefined, B);
    await elsewhere.says(/lock +the lease of login-a \(deploy v1\.6\.0\) ends in \d+s unless it is renewed/);
    elsewhere.signal('SIGINT');
    assert.equal((await elsewhere.end()).exit, 130);
    await here.lab.onHost('orin', ['sh', '-c', 'cat > "$1"', 'sh', lock], `${text}\n`);
    const resumed = await here.hd(['resume', 'orin', '--yes'], { env: B });
    assertEnding(resumed, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.6.0 on 1 of 1 host' });
    assert.ok(!resumed.stderr.includes('unless it is renewed'), resumed.stderr);
    const { ledger } = await here.assertServes('orin', '1.6.0');
    assert.match(ledger.findLast(({ kind }) => kind === 'taken-over')?.reason ?? '', /login-a/);
    await here.deploy('orin', 'v1.5.0');
  });

  it('refuses every effect of an operator who slept', async () => {
    const sleeper = here.start(['deploy', 'orin', '--tag', 'v4.0.0', '--yes']);
    try {
      await sleeper.says(/start +pull/);
      sleeper.signal('SIGSTOP');
      await here.leaseEnds('orin');
      assertEnding(await here.hd(['rollback', 'orin', '--to', 'v1.4.0', '--yes'], { env: B }), {
        exit: 0,
        outcome: 'confirmed',
      });
    } finally {
      sleeper.signal('SIGCONT');
    }
    const before = await here.assertServes('orin', '1.4.0', 1);
    assertEnding(await sleeper.end(), {
      exit: 8,
      outcome: 'interrupted',
      serves: 'orin serves v1.4.0 on 1 of 1 host',
      says: ['taken over'],
      next: ['hd status orin'],
    });
    const after = await here.assertServes('orin', '1.4.0', 1);
    assert.equal(after.text, before.text, 'the ledger');
    await here.fresh('orin');
  });

  it('has room for two operators whose files give an environment other hosts, one after the other', async function () {
    this.timeout(240_000);
    await here.ensure('prod', 'v1.4.0', 'v1.5.0');
    const cwd = await here.checkout({ prod: { extends: 'orin', hosts: [WEB[2], WEB[1]] } });
    const wait = ['--lock-wait', '2m'];
    const all = here.start(['deploy', 'prod', '--tag', 'v1.6.0', '--confirm', 'prod', ...wait]);
    const some = here.start(['deploy', 'prod', '--tag', 'v1.3.0', '--yes', ...wait], cwd, B);
    assertEnding(await all.end(), { exit: 0, outcome: 'confirmed', serves: 'prod serves v1.6.0' });
    assertEnding(await some.end(), {
      exit: 0,
      outcome: 'confirmed',
      serves: 'prod serves v1.3.0 on 2 of 2 hosts',
    });
    const kinds = (await here.lab.onHost(WEB[1], ['cat', '/opt/healthdelta/.hd/ledger.jsonl']))
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind)
      .filter((kind) => kind === 'started' || kind === 'finished');
    assert.deepEqual(kinds.slice(-4), ['started', 'finished', 'started', 'finished']);
    await here.fresh('prod');
  });

  it('can be kept from everybody by hand, but not from a rollback that insists', async () => {
    const lock = ['lock', 'orin', '--why', 'Month-end reports are running.', '--yes'];
    const dry = await here.hd([...lock, '--dry-run']);
    assertEnding(dry, { exit: 0, outcome: 'planned', serves: `${SERVES}; nothing was changed` });
    const frozen = await here.hd([...lock, '--until', '4h']);
    assertEnding(frozen, {
      exit: 0,
      outcome: 'frozen',
      serves: SERVES,
      says: ['Month-end reports are running.'],
      next: ['hd status orin', 'hd unlock orin --why WHY'],
    });
    assertFound(
      (await here.hd(['status', 'orin'])).stdout,
      /lock +frozen by login-a since \S+ \(\d+s ago\), until/,
    );
    const screen = {
      exit: 8,
      outcome: 'locked',
      serves: `${SERVES}; nothing was changed`,
      says: [/holder +login-a, by hand, on \S+, since/, 'reason "Month-end reports are running."'],
      next: ['hd unlock orin --why WHY'],
    };
    assertEnding(await here.hd(['deploy', 'orin', '--tag', 'v1.6.0', '--yes'], { env: B }), screen);
    assertEnding(await here.hd([...lock], { env: B }), screen);
    assertEnding(await here.hd(['rollback', 'orin', '--yes'], { env: B }), {
      ...screen,
      next: [...screen.next, 'hd rollback orin --interrupt'],
    });
    const { freeze } = jsonOf(await here.hd([...lock, '--json']));
    assert.equal((freeze as { actor: string }).actor, 'login-a');
    assertEnding(await here.hd(['rollback', 'orin', '--interrupt', '--yes'], { env: B }), {
      exit: 0,
      outcome: 'confirmed',
      serves: 'orin serves v1.4.0 on 1 of 1 host',
    });
    const unlock = ['unlock', 'orin', '--why', 'The reports are done.', '--yes'];
    assertEnding(await here.hd(unlock, { env: B }), { exit: 0, outcome: 'unfrozen' });
    assertEnding(await here.hd(unlock, { env: B }), { exit: 0, outcome: 'no change' });
    const { ledger } = await here.assertServes('orin', '1.4.0');
    const told = ledger
      .filter(({ kind, evidence }) => /frozen$/.test(kind) || evidence !== undefined)
      .slice(-4)
      .map(({ kind, actor, reason, evidence }) => [kind, actor.name, reason ?? evidence?.[0]]);
    const why = 'Month-end reports are running.';
    assert.deepEqual(told, [
      ['frozen', 'login-a', why],
      ['frozen', 'login-a', why],
      ['started', 'login-b', `went through the freeze of login-a (${why}), with --interrupt`],
      ['unfrozen', 'login-b', 'The reports are done.'],
    ]);
    await here.deploy('orin', 'v1.5.0');
  });
});

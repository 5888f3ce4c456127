import assert from 'node:assert/strict';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import { project, type Project } from './support/project.ts';

const A = 'lab-login-a';
const B = 'lab-login-b';
const MINUTE = 60_000;
const NO_CHECKS = { checks: false };

const at = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Closed from a minute ago until then. */
const closedFor = (ms: number) => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  ...{ from: '00:00', to: '24:00', zone: 'UTC' },
  freezes: [
    {
      from: at(-MINUTE),
      to: at(ms),
      why: 'Month-end reports',
    },
  ],
});

describe('the gates of an environment', function () {
  this.timeout(120_000);
  let here: Project;

  before(async function () {
    this.timeout(180_000);
    here = await project();
    await here.fresh('orin', 'v1.4.0');
  });
  beforeEach(() => here.clearFaults());
  after(async () => {
    await here.clearFaults();
    await here.rules();
  });

  const policy = (rules: Record<string, unknown>) =>
    here.rules({ orin: { policy: { ...NO_CHECKS, ...rules } } });
  const deploy = (tag: string, ...more: string[]) =>
    here.hd(['deploy', 'orin', '--tag', tag, '--yes', ...more]);

  it('are none where nothing is demanded, and that is said', async () => {
    const told = await here.hd(['explain', 'orin', '--tag', 'v1.5.0']);
    assertEnding(told, {
      ...{ exit: 0, outcome: 'open', serves: 'orin serves v1.4.0' },
      says: [/policy +none: nothing is demanded/],
      next: ['hd deploy orin --tag v1.5.0'],
    });
  });

  it('refuse with their evidence and what opens them, and the ledger says so', async () => {
    await policy({ window: closedFor(2 * 60 * MINUTE), incidents: { label: 'critical', within: '24h' } });
    const incident = { title: 'Login is down', labels: ['critical'] };
    const { number } = (await here.asks(A, 'POST', '/issues', incident)) as { number: number };
    const refused = await deploy('v1.5.0');
    assertEnding(refused, {
      ...{ exit: 3, outcome: 'refused', serves: 'orin serves v1.4.0 on 1 of 1 host; nothing was changed' },
      says: [
        /x window +.*Month-end reports/s,
        new RegExp(`x incidents +1 open issue labelled critical.*issues/${number}`, 's'),
        /\+ \d open +.*immutable/,
      ],
      next: [/the same with --break-glass --incident REF --reason WHY/],
    });
    const kept = await here.assertServes('orin', '1.4.0');
    const last = kept.ledger.at(-1);
    assert.deepEqual(
      [last?.kind, last?.reason, last?.release?.tag],
      ['refused', 'window, incidents', 'v1.5.0'],
    );
    assert.ok(
      last?.evidence?.some((line) => line.startsWith('window closed: ')),
      String(last?.evidence),
    );

    const dry = await here.hd(['deploy', 'orin', '--tag', 'v1.5.0', '--dry-run']);
    assertEnding(dry, {
      exit: 3,
      outcome: 'planned',
      serves: '2 gates are closed',
      next: ['hd explain orin --tag v1.5.0'],
    });

    const explained = jsonOf(await here.hd(['explain', 'orin', '--tag', 'v1.5.0', '--json']));
    const gates = explained['gates'] as { gate: string; state: string }[];
    const closed = gates.filter((each) => each.state === 'closed').map((each) => each.gate);
    assert.deepEqual([explained['open'], explained['exit'], closed], [false, 0, ['window', 'incidents']]);
    assertFound(
      (await here.hd(['history', 'orin'])).stdout,
      /v1\.4\.0 (→|->) v1\.5\.0 +refused +login-a +window, incidents/,
    );

    await here.asks(A, 'PATCH', `/issues/${number}`, { state: 'closed' });
    // Of an incident that is over, the second predicate remembers (T25).
    assertEnding(await deploy('v1.5.0'), { exit: 3, outcome: 'refused', says: [/x incidents .*opened/s] });
  });

  it('do not stand in the way back, and the ledger says that they were not asked (D9)', async () => {
    await here.rules();
    await here.deploy('orin', 'v1.5.0');
    await policy({ window: closedFor(60 * MINUTE) });
    const back = await here.hd(['rollback', 'orin', '--yes']);
    assertEnding(back, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.4.0' });
    assertFound(back.stderr, /gates +not asked of a rollback: window/);
    const kept = await here.assertServes('orin', '1.4.0');
    const started = kept.ledger.findLast((entry) => entry.kind === 'started');
    assert.ok(
      started?.evidence?.includes('window skipped: not asked of a rollback'),
      String(started?.evidence),
    );
  });

  it('are those of the release branch, whatever the working tree of who asks says (D10)', async () => {
    await policy({ window: closedFor(60 * MINUTE) });
    const cwd = await here.checkout({});
    const refused = await here.hd(['deploy', 'orin', '--tag', 'v1.5.0', '--yes'], { cwd });
    assertEnding(refused, { exit: 3, outcome: 'refused', says: [/x window/] });
    // Another name for the same hosts and folder is no way round it.
    const renamed = await here.checkout({
      ...{ orin: undefined, prod: undefined },
      orin2: here.environment('orin'),
    });
    const again = await here.hd(['deploy', 'orin2', '--tag', 'v1.5.0', '--yes'], { cwd: renamed });
    assertEnding(again, { exit: 3, outcome: 'refused', says: [/x window/] });
    const both = await here.checkout({ orin2: here.environment('orin') });
    assertEnding(await here.hd(['deploy', 'orin2', '--tag', 'v1.5.0', '--yes'], { cwd: both }), {
      ...{ exit: 2, outcome: 'usage' },
      says: ['orin2 and orin are one place: orin, in /opt/healthdelta'],
    });
    assert.equal((await here.hd(['status', 'orin'], { cwd: both })).exit, 0, 'who only looks is not stopped');
    // A file that has no repository any more has no rules; the ledger remembers whose rules there were.
    await policy({});
    await here.deploy('orin', 'v1.5.0');
    const folder = await here.checkout({}, { repository: undefined });
    const without = await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes'], { cwd: folder });
    assertEnding(without, { exit: 3, outcome: 'refused', says: [/was judged by hd\.yml on main/] });
    await here.rules();
    await here.deploy('orin', 'v1.4.0');
  });

  it('are waited for with --at next-slot', async () => {
    await policy({ window: closedFor(9000) });
    const waited = await deploy('v1.5.0', '--at', 'next-slot');
    assertEnding(waited, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.5.0' });
    assertFound(waited.stderr, /wait +for window, until/);
  });

  it('are judged once more under the lock', async () => {
    await policy({ window: { ...closedFor(0), freezes: [] } });
    const terminal = here.terminal(['deploy', 'orin', '--tag', 'v1.4.0']);
    await terminal.until(/This changes orin\. Go on\?/);
    await policy({ window: closedFor(60 * MINUTE) });
    terminal.type('y\r');
    assert.equal(await terminal.end(), 3, terminal.text);
    assertFound(terminal.text, /refused +orin serves v1\.5\.0 on 1 of 1 host; nothing was changed/);
    const kept = await here.assertServes('orin', '1.5.0');
    assert.equal(kept.ledger.at(-1)?.kind, 'refused');
  });

  it('count the deployments of a time, and can be skipped in an emergency that is reviewed', async () => {
    await policy({ rate: { deploys: 1, per: '4h' } });
    assertEnding(await deploy('v1.4.0'), { exit: 3, outcome: 'refused', says: [/x rate .*1 per 4h/s] });
    const emergency = ['--break-glass', '--incident', 'INC-7', '--reason', 'Login is down'];
    const broken = await deploy('v1.4.0', ...emergency);
    assertEnding(broken, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.4.0' });
    assertFound(broken.stderr, /gates .*skipped: rate/);
    assertFound(broken.stdout, /skipped +rate, for INC-7; review: http/);
    const kept = await here.assertServes('orin', '1.4.0');
    const breakGlass = kept.ledger.findLast((entry) => entry.kind === 'started')?.breakGlass;
    const { review = '', ...said } = breakGlass ?? {};
    assert.deepEqual(said, { incident: 'INC-7', reason: 'Login is down', gates: ['rate'] });

    const second = await deploy('v1.5.0', ...emergency);
    assertEnding(second, {
      exit: 3,
      outcome: 'refused',
      says: [/is not reviewed yet/, review],
      next: [/--again$/],
    });
    const issue = `/issues/${review.split('/').at(-1) ?? ''}`;
    await here.asks(A, 'PATCH', issue, { state: 'closed' });
    assertEnding(await deploy('v1.5.0', ...emergency), {
      exit: 3,
      outcome: 'refused',
      says: [/is not reviewed yet: login-a, who broke the glass, closed the review too/, review],
      next: [/gh issue reopen http/, /--again$/],
    });
    await here.asks(A, 'PATCH', issue, { state: 'open' });
    await here.asks(B, 'PATCH', issue, { state: 'closed' });
    assertEnding(await deploy('v1.5.0', ...emergency), { exit: 0, outcome: 'confirmed' });
    assertEnding(await deploy('v1.4.0', ...emergency, '--again'), { exit: 0, outcome: 'confirmed' });
  });

  it('stay closed in an emergency where the policy says so', async () => {
    await policy({ window: closedFor(60 * MINUTE), break_glass: ['rate'] });
    const refused = await deploy(
      'v1.5.0',
      '--break-glass',
      '--incident',
      'INC-8',
      '--reason',
      'Now',
      '--again',
    );
    assertEnding(refused, { exit: 3, outcome: 'refused', says: [/window may not be skipped/] });
  });

  it('that can not be judged are no open ones', async () => {
    await policy({ incidents: { label: 'nothing-has-it' } });
    const match = { method: 'GET', path: '/issues' };
    await here.fault({ match, kind: 'status', status: 500, times: 50 });
    const unknown = await deploy('v1.5.0');
    assertEnding(unknown, { exit: 11, outcome: 'unreachable', says: [/! incidents/] });
    await here.assertServes('orin', '1.4.0');
  });
});

import assert from 'node:assert/strict';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import type { Standing } from '../../../src/lib/domain/approval.ts';
import { sha256 } from '../../../src/lib/domain/canonical.ts';
import { HdError, UnreachableError } from '../../../src/lib/domain/errors.ts';
import {
  approvalStanding,
  approvedEntries,
  askForApproval,
  closeLeft,
  closeRequest,
  waitForApproval,
  type WaitInput,
} from '../../../src/lib/flows/approval/index.ts';
import type { World } from '../../../src/lib/flows/world.ts';
import type { GitHub, GitHubIssue, WorkflowRun } from '../../../src/lib/ports.ts';
import { OTHER_PLAN, PLAN, startApprovals, type ApprovalBench, type Login } from '../../support/approvals.ts';

const HOUR = 3_600_000;
const APPROVE = 'hd approve 7c1e09ab42d8\nRehearsed on staging.';
const REJECT = 'hd reject 7c1e09ab42d8\nSuite was red.';

describe('asking people by their roles', function () {
  this.timeout(60_000);
  let here: ApprovalBench;

  before(async () => (here = await startApprovals()));
  beforeEach(() => here.afresh());
  after(async () => {
    assert.deepEqual(await here.bench.violations(), []);
    await here.bench.stop();
  });

  const ask = async (plan = PLAN, world = here.world()): Promise<Standing> =>
    askForApproval(world, await here.input(plan));
  const stands = async (plan = PLAN) => {
    const { quorum } = await here.input();
    const standing = await approvalStanding(here.world(), {
      environment: here.environment(),
      quorum,
      plan,
      lines: here.host.lines,
    });
    assert.ok('state' in standing, JSON.stringify(standing));
    return standing;
  };
  const wait = async (standing: Standing, rest: Partial<WaitInput> = {}, world: World = here.world()) => {
    const { story: _, ...input } = await here.input();
    return waitForApproval(world, {
      ...input,
      standing,
      ...rest,
    });
  };
  const issue = async (number: number) => {
    const found = await here.github('login-a').issue(number);
    assert.ok(found);
    return found;
  };
  const comments = async (number: number): Promise<string[]> =>
    (await here.github('login-a').comments(number)).map(({ body }) => body);
  const number = ({ request }: Standing): number => request?.number ?? 0;
  const says = (login: Login, at: number, text = APPROVE) => here.says(login, at, text);
  const notes = (): string[] =>
    here.recorder.events.flatMap((event) => (event.type === 'note' ? [`${event.mark} ${event.text}`] : []));

  it('opens one issue for a plan, and the ledger knows what it says', async () => {
    const standing = await ask();
    const found = await issue(number(standing));
    assert.deepEqual(
      [standing.state, found.title, found.author, [...found.labels].sort()],
      ['waiting', 'Approve: deploy v1.4.0 to prod, plan 7c1e09ab42d8', 'login-a', ['hd-approval', 'hd:prod']],
    );
    const [entry] = here.host.entries;
    assert.deepEqual(entry?.request, {
      ...{ issue: found.number, url: found.url, body: sha256(found.body) },
      expires: new Date(standing.request?.expiresAt ?? 0).toISOString(),
    });
    assert.deepEqual(
      [entry.kind, entry.plan, entry.actor.name, entry.release?.tag],
      ['requested', PLAN, 'login-a', 'v1.4.0'],
    );
    assert.deepEqual(
      standing.roles.map(({ role, asked }) => [role, asked]),
      [
        ['tech-lead', ['acme/leads']],
        ['qa-lead', ['login-d']],
      ],
    );
    assert.equal(number(await ask()), found.number);
    assert.deepEqual(
      here.host.entries.map(({ kind }) => kind),
      ['requested'],
    );
  });

  it('counts the words of both roles, and gives them to the ledger', async () => {
    const at = number(await ask());
    await says('login-b', at);
    await says('login-a', at);
    await says('login-d', at, 'hd approve 7c1e09ab42d8 as qa-lead: Suite is green.');
    const standing = await stands();
    assert.equal(standing.state, 'approved');
    assert.deepEqual(
      approvedEntries(standing).map(({ by, role, meaning, comment }) => [by, role, meaning, comment]),
      [
        ['login-b', 'tech-lead', 'approval', 'Rehearsed on staging.'],
        ['login-d', 'qa-lead', 'review', 'Suite is green.'],
      ],
    );
    assert.deepEqual(
      standing.notCounted.map(({ why }) => why),
      ['login-a asks, and decides nothing of it'],
    );
    assert.equal((await ask()).state, 'approved');
  });

  it('takes nobody’s word for a text that was changed, and asks anew', async () => {
    const at = number(await ask());
    await says('login-b', at);
    await says('login-d', at);
    await edit(at, (await issue(at)).body.replace('v1.3.2', 'v9.9.9'));
    assert.equal((await stands()).state, 'altered');
    const again = await ask();
    assert.deepEqual([again.state, number(again) > at, (await issue(at)).open], ['waiting', true, false]);
  });

  const edit = async (at: number, body: string): Promise<void> => {
    const url = `${here.bench.github.url}/repos/acme/healthdelta/issues/${at}`;
    const headers = { authorization: 'Bearer token-of-login-a', 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ body }) });
    assert.equal(answer.status, 200);
  };

  it('keeps a rejection for good, also when its comment is gone, and opens another issue when asked again', async () => {
    const first = await ask();
    const at = number(first);
    await says('login-d', at, REJECT);
    const ended = await wait(first);
    assert.deepEqual([ended.state, ended.rejected?.by], ['rejected', 'login-d']);
    const refused = here.host.entries.at(-1);
    assert.deepEqual(
      [refused?.kind, refused?.plan, refused?.reason, refused?.approval?.comment],
      ['refused', PLAN, 'login-d (qa-lead) rejected v1.4.0', 'Suite was red.'],
    );
    assert.equal((await issue(at)).open, false);
    const [gone] = await here.github('login-a').comments(at);
    await fetch(`${here.bench.github.url}/repos/acme/healthdelta/issues/comments/${gone?.id ?? 0}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer token-of-login-a' },
    });
    assert.equal((await stands()).state, 'rejected');
    const again = await ask();
    assert.deepEqual([again.state, number(again) > at], ['waiting', true]);
  });

  it('lets another plan of the environment overtake it', async () => {
    const at = number(await ask());
    const other = await ask(OTHER_PLAN);
    assert.equal(other.state, 'waiting');
    assert.equal((await stands()).state, 'overtaken');
    assert.equal((await issue(at)).open, false);
    assert.match((await comments(at)).at(-1) ?? '', new RegExp(`Overtaken by #${number(other)}`));
    // The first one again: another issue, and the second one is overtaken.
    assert.ok(number(await ask()) > number(other));
    assert.equal((await stands(OTHER_PLAN)).state, 'overtaken');
  });

  it('is over once the plan was begun, unless that came to nothing', async () => {
    const standing = await ask();
    const base = {
      at: new Date().toISOString(),
      hd: '0.1.0',
      environment: 'prod',
      verb: 'deploy',
      plan: PLAN,
      hosts: [],
    } as const;
    const actor = { name: 'login-a', proven: true, machine: 'build-7' };
    here.host.write({ ...base, actor, kind: 'started', deployment: 'd1' });
    assert.equal((await stands()).state, 'closed');
    here.host.write({
      ...base,
      actor,
      kind: 'finished',
      deployment: 'd1',
      outcome: 'interrupted',
      begun: [],
    });
    assert.equal((await stands()).state, 'waiting');
    await closeRequest(
      here.world(),
      { ...standing, state: 'approved' },
      'The plan was carried out: confirmed',
    );
    assert.match((await comments(number(standing))).at(-1) ?? '', /The plan was carried out: confirmed\.\n$/);
    assert.equal((await issue(number(standing))).open, false);
  });

  describe('by an hd that was ended once the plan was begun', () => {
    const base = { hd: '0.1.0', environment: 'prod', verb: 'deploy', hosts: [], deployment: 'd1' } as const;
    const actor = { name: 'login-a', proven: true, machine: 'build-7' };
    const begun = (plan: string): void =>
      here.host.write({ ...base, at: new Date().toISOString(), actor, kind: 'started', plan });
    // Not the staged one, whose waits are over at once: so would be the one for GitHub.
    const closeIt = (world = here.world('login-b', { clock: systemClock })) =>
      closeLeft(world, here.host.lines, 'hd resume: confirmed');

    it('is closed by whoever brings it to its end, once', async () => {
      const at = number(await ask());
      await closeIt();
      assert.equal((await issue(at)).open, true, 'nothing was begun yet');
      begun(PLAN);
      // A second attempt at it has a plan of its own.
      begun(OTHER_PLAN);
      await closeIt();
      assert.equal((await issue(at)).open, false);
      assert.match(
        (await comments(at)).at(-1) ?? '',
        /begun by an hd that was ended before its time; then hd resume: confirmed\.\n$/,
      );
      const said = (await comments(at)).length;
      await closeIt();
      assert.equal((await comments(at)).length, said);
    });

    it('is closed with its own end, whatever came after it', async () => {
      const at = number(await ask());
      begun(PLAN);
      const finished = (deployment: string, outcome: 'rolled-back' | 'confirmed'): void =>
        here.host.write({
          ...{ ...base, deployment, outcome, actor, plan: PLAN },
          ...{ at: new Date().toISOString(), kind: 'finished' },
        });
      finished('d1', 'rolled-back');
      finished('d2', 'confirmed');
      await closeLeft(here.world('login-b', { clock: systemClock }), here.host.lines);
      assert.match((await comments(at)).at(-1) ?? '', /begun, and came to its end: rolled-back\.\n$/);
    });

    it('is no issue of somebody else that has its number', async () => {
      const at = number(await ask());
      begun(PLAN);
      const other = await here.github('login-a').issue(at);
      assert.ok(other);
      const closed: number[] = [];
      const github: Partial<GitHub> = {
        issue: () => Promise.resolve({ ...other, title: 'It crashes', body: 'A report of a bug.' }),
        addComment: (issue) => Promise.resolve(void closed.push(issue) as never),
        closeIssue: (issue) => Promise.resolve(void closed.push(issue) as never),
      };
      const world = here.world('login-b', {
        clock: systemClock,
        github: () => Promise.resolve(github as GitHub),
      });
      await closeLeft(world, here.host.lines, 'hd resume: confirmed');
      assert.deepEqual(closed, []);
    });

    it('changes nothing of what came, if that fails in a way that nobody foresaw', async () => {
      await ask();
      begun(PLAN);
      await closeIt(here.world('login-b', { github: () => Promise.reject(new TypeError('a bug')) }));
    });

    it('is left as it is where GitHub does not answer', async () => {
      const at = number(await ask());
      begun(PLAN);
      const lost = new UnreachableError('github', 'github.com: no answer');
      await closeIt(here.world('login-b', { github: () => Promise.reject(lost) }));
      assert.equal((await issue(at)).open, true);
    });
  });

  it('takes the first of two who ask the same at the same time', async () => {
    const [one, two] = await Promise.all([ask(), ask()]);
    assert.equal(number(one), number(two));
    const open = await here.github('login-a').issues({ labels: ['hd-approval'], state: 'open' });
    assert.deepEqual(
      open.map((each) => each.number),
      [number(one)],
    );
  });

  const newest = async (): Promise<number | undefined> =>
    (await here.github('login-a').issues({ labels: ['hd-approval'], state: 'all' }))[0]?.number;
  const refused: readonly [what: string, world: () => World, exit: number, message: RegExp][] = [
    [
      'without a login that GitHub proves',
      () =>
        here.world('login-a', {
          actor: () => Promise.resolve({ name: 'op', proven: false, machine: 'm' }),
          github: () =>
            Promise.resolve({ ...here.github('login-a'), viewer: () => Promise.resolve(undefined) }),
        }),
      4,
      /this token is nobody's/,
    ],
    [
      'without a repository',
      () => here.world('login-a', { github: () => Promise.resolve(undefined) }),
      2,
      /no repository/,
    ],
    [
      'of a role that only the one who asks is in',
      () =>
        here.world('login-a', {
          actor: () => Promise.resolve({ name: 'login-d', proven: true, machine: 'm' }),
        }),
      4,
      /qa-lead can't be filled without login-d/,
    ],
  ];
  for (const [what, world, exit, message] of refused)
    it(`is refused ${what}, and nothing is opened`, async () => {
      const before = await newest();
      await assert.rejects(ask(PLAN, world()), (error) => {
        assert.ok(error instanceof HdError);
        assert.deepEqual([error.exit, error.facts.length + error.next.length > 0], [exit, true]);
        assert.match(error.message, message);
        return true;
      });
      assert.equal(await newest(), before);
    });

  it('asks for whoever started the run, in a job whose token is nobody’s, and for nobody else', async () => {
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://github.com' },
      ...{ GITHUB_REPOSITORY: 'acme/healthdelta', GITHUB_RUN_ID: '7' },
    };
    const nobody = {
      env,
      actor: () => Promise.resolve({ name: 'somebody', proven: false, machine: 'runner' }),
    };
    const real = here.github('login-b');
    const run = () => Promise.resolve({ by: 'login-a' } as WorkflowRun);
    const asked = (github: GitHub): Promise<Standing> =>
      ask(PLAN, here.world('login-b', { ...nobody, github: () => Promise.resolve(github) }));

    // GitHub was slow to say whose token it is: it is login-b's, whatever run the environment names.
    const { request } = await asked({ ...real, run });
    assert.equal(request?.requester, 'login-b');
    // A token of nobody's with which somebody's issue was made: then it is not that one who asks.
    const nobodys: GitHub = { ...real, run, viewer: () => Promise.resolve(undefined) };
    here.afresh();
    await assert.rejects(asked(nobodys), /GitHub says that login-b asks, and not login-a/);
    assert.equal(here.host.entries.length, 0);

    const byRobot = (issue: GitHubIssue): GitHubIssue => ({ ...issue, author: 'github-actions[bot]' });
    const job: GitHub = {
      ...nobodys,
      createIssue: async (issue) => byRobot(await real.createIssue(issue)),
      issue: (number) => real.issue(number).then((found) => found && byRobot(found)),
    };
    assert.equal((await asked(job)).state, 'waiting');
    assert.deepEqual(here.host.entries[0]?.actor, { name: 'login-a', proven: true, machine: 'runner' });
  });

  it('closes an issue that the ledger could not be told of', async () => {
    here.host.broken = new HdError('disk-full', 7, 'no room on prod-1');
    await assert.rejects(ask(), /no room on prod-1/);
    const [made] = await here.github('login-a').issues({ labels: ['hd-approval'], state: 'closed' });
    assert.match(
      (await comments(made?.number ?? 0)).at(-1) ?? '',
      /the ledger does not know of it: no room on prod-1/,
    );
  });

  describe('and waiting for them', () => {
    it('shows who has answered and who is asked, at no cost of the rate limit, until all have', async () => {
      const first = await ask();
      const at = number(first);
      await here.bench.asked();
      here.clock.acts = [
        () => undefined,
        () => says('login-b', at),
        () => undefined,
        () => says('login-d', at),
      ];
      const standing = await wait(first);
      assert.equal(standing.state, 'approved');
      const asked = await here.bench.asked();
      const reads = asked.filter(({ method, path }) => method === 'GET' && /issues\/\d+$/.test(path));
      assert.deepEqual([...new Set(reads.slice(1).map(({ status }) => status))].sort(), [200, 304]);
      assert.ok(reads.filter(({ status }) => status === 304).length >= 1, JSON.stringify(reads));
      const { events } = here.recorder;
      const rows = events.flatMap((event) =>
        event.type === 'item' ? [`${event.mark} ${event.name} ${event.serves ?? ''}`] : [],
      );
      assert.deepEqual(
        [...new Set(rows)],
        ['busy tech-lead acme/leads', 'busy qa-lead login-d', 'ok tech-lead login-b'],
      );
      assert.deepEqual(events.at(-1), {
        type: 'stage',
        name: 'approve',
        mark: 'ok',
        text: '2 of 2: login-b (tech-lead), login-d (qa-lead)',
      });
    });

    it('reminds those who have not answered, tells others once, and looks less often after a while', async () => {
      const first = await ask();
      const at = number(first);
      await says('login-b', at);
      const asking = { remindMs: 60_000, escalate: { afterMs: 90_000, to: ['login-c'] }, expireMs: 4 * HOUR };
      const standing = await wait(first, { asking, until: here.clock.now() + 250_000 });
      assert.equal(standing.state, 'waiting');
      const said = (await comments(at)).slice(1);
      assert.equal(said.filter((each) => each.startsWith('<!-- hd:reminder')).length, 4);
      assert.ok(
        said.every((each) => !each.includes('@acme/leads')),
        said.join('\n'),
      );
      assert.equal(
        said.filter((each) => each.startsWith('<!-- hd:escalation') && each.includes('@login-c')).length,
        1,
      );
      const pauses = here.clock.slept.filter((ms) => ms === 5000 || ms === 15_000);
      assert.ok(
        pauses.indexOf(15_000) > 20 && pauses.indexOf(15_000) > pauses.lastIndexOf(5000),
        pauses.join(' '),
      );
      assert.equal((await issue(at)).open, true);
      assert.deepEqual(notes(), []);
    });

    it('goes on while GitHub is away, and says so once', async () => {
      const first = await ask();
      const at = number(first);
      const path = '/repos/acme/healthdelta/issues';
      here.clock.acts = [
        () => here.bench.fault({ match: { path }, times: 1000, kind: 'status', status: 503 }),
        () => undefined,
        () => undefined,
        () => here.bench.clearFaults(),
        () => says('login-b', at),
        () => says('login-d', at),
      ];
      assert.equal((await wait(first)).state, 'approved');
      const [away = '', back, ...more] = notes();
      assert.match(
        away,
        /^warn .*can't be reached to read issue #\d+: it answered 503; the waiting goes on$/,
      );
      assert.deepEqual([back, more], ['ok GitHub answers again', []]);
    });

    it('expires, also while GitHub is away', async () => {
      const first = await ask();
      here.clock.acts = [() => here.clock.later(4 * HOUR)];
      assert.equal((await wait(first)).state, 'expired');
      assert.equal((await issue(number(first))).open, false);
      assert.match((await comments(number(first))).at(-1) ?? '', /It has expired/);

      const next = await ask();
      const github = {
        ...here.github('login-a'),
        issue: () => Promise.reject(new UnreachableError('github', 'gone')),
      };
      here.clock.acts = [() => here.clock.later(4 * HOUR)];
      const world = here.world('login-a', { github: () => Promise.resolve(github) });
      assert.equal((await wait(next, {}, world)).state, 'expired');
    });

    it('ends at Ctrl-C, and the request stays', async () => {
      const first = await ask();
      const stop = new AbortController();
      here.clock.acts = [() => stop.abort()];
      const standing = await wait(first, {}, here.world('login-a', { signal: stop.signal }));
      assert.equal(standing.state, 'waiting');
      assert.equal((await issue(number(first))).open, true);
      assert.deepEqual(here.recorder.ends.at(-1), 'idle approve: 0 of 2, the request stays');
    });

    it('knows why its issue was closed', async () => {
      const first = await ask();
      here.clock.acts = [() => ask(OTHER_PLAN).then(() => undefined)];
      assert.equal((await wait(first)).state, 'overtaken');
      const next = await ask();
      here.clock.acts = [() => here.github('login-b').closeIssue(number(next), 'not_planned')];
      assert.equal((await wait(next)).state, 'closed');
    });
  });
});

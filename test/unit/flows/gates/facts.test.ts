import assert from 'node:assert/strict';
import { canonical } from '../../../../src/lib/domain/canonical.ts';
import { UnreachableError } from '../../../../src/lib/domain/errors.ts';
import type { LedgerEntry } from '../../../../src/lib/domain/ledger.ts';
import type { PlanSubject } from '../../../../src/lib/domain/plan.ts';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import { gatherFacts } from '../../../../src/lib/flows/gates/facts.ts';
import { requireReviewed } from '../../../../src/lib/flows/gates/review-of-emergency.ts';
import type { Change } from '../../../../src/lib/flows/change.ts';
import type { SeenHost } from '../../../../src/lib/flows/observe.ts';
import type { CommitCheck, GitHub, GitHubIssue } from '../../../../src/lib/ports.ts';
import { entry as line, environment, ledger, observed, release } from '../../../support/core.ts';
import { fakeWorld } from '../../../support/world.ts';
import { fakeHost } from '../../engine/fakes.ts';
import { POLICY } from '../../gates/deploy/facts.ts';

const PLAN = '7c1e09ab42d8'.padEnd(64, '0');
const prod = environment({
  name: 'prod',
  hosts: ['prod-1', 'prod-2'],
  github: { environment: 'prod', workflow: 'deploy.yml' },
});
const subject: PlanSubject = { environment: 'prod', hosts: [], images: {}, files: [], serves: [], steps: [] };
const plan = { environment: 'prod', release: release(), hosts: [], stages: [], subject, hash: PLAN };
const target = { layers: new Map() } as unknown as Change['target'];
const change = {
  verb: 'deploy',
  environment: prod,
  driver: drivers.compose,
  plan,
  target,
} as unknown as Change;

const check = (name: string, workflow?: string): CommitCheck => ({
  name,
  state: 'running',
  ...(workflow === undefined ? {} : { workflow }),
});

/** What GitHub says; anything else is not asked. */
function github(does: Partial<GitHub>): GitHub {
  return {
    checks: () => Promise.resolve([]),
    requiredChecks: () => Promise.resolve([]),
    branchHead: () => Promise.resolve('f'.repeat(40)),
    compare: () => Promise.resolve({ status: 'behind', aheadBy: 0, behindBy: 1 }),
    release: () => Promise.resolve(undefined),
    ...does,
  } as unknown as GitHub;
}

/** Hosts whose ledgers have these lines. */
function hostsWith(...ledgers: readonly (readonly string[])[]): SeenHost[] {
  return ledgers.map((lines, index) => {
    const name = `prod-${index + 1}`;
    const text = lines.map((line) => `${line}\n`).join('');
    const records = () => Promise.resolve({ ledger: text, setAside: [], journals: new Map() });
    return { host: fakeHost(name, { records }), observed: observed({ host: name }) };
  });
}

function factsWith(hub: Partial<GitHub>, seen = hostsWith([], [])) {
  const world = fakeWorld({ github: () => Promise.resolve(github(hub)) });
  const config = { ...world.config, environments: { prod } };
  const rules = { policy: { ...POLICY, requiredChecks: ['lint'] }, roles: {}, config };
  return gatherFacts({ world: { ...world, config }, change, seen, rules });
}

describe('what gates judge by', () => {
  it('are the checks of a commit, without those of runs that deploy it', async () => {
    const all = [check('test', 'ci.yml'), check('deploy', 'deploy.yml'), check('scan')];
    const { checks } = await factsWith({
      checks: () => Promise.resolve(all),
      requiredChecks: () => Promise.resolve(['test', 'lint']),
    });
    assert.deepEqual(checks, { checks: [all[0], all[2]], required: ['test', 'lint'] });
  });

  it('says what could not be had instead of leaving it out', async () => {
    const away = () => Promise.reject(new TypeError('a bug'));
    await assert.rejects(factsWith({ checks: away }), TypeError);
    const world = fakeWorld({ github: () => Promise.resolve(undefined) });
    const rules = { policy: POLICY, roles: {}, config: world.config };
    const facts = await gatherFacts({ world, change, seen: hostsWith([], []), rules });
    assert.deepEqual(
      [facts.checks, facts.branch],
      Array(2).fill({ unknown: 'hd.yml names no repository on GitHub' }),
    );
  });

  it('are the digests that were released, or why they are not known', async () => {
    const manifest = { images: { backend: { digest: 'sha256:1' } } };
    const published = { id: 1, url: '', prerelease: false, draft: false, assets: [], uploadUrl: '' };
    const hub = {
      release: () => Promise.resolve(published),
      readAsset: () => Promise.resolve(JSON.stringify(manifest)),
    };
    assert.deepEqual(
      (await factsWith(hub)).images.map((each) => each.released),
      ['sha256:1'],
    );
    const away = () => Promise.reject(new UnreachableError('github', 'no answer'));
    assert.deepEqual((await factsWith({ ...hub, readAsset: away })).manifest, { unknown: 'no answer' });
  });

  it('are the problems of the ledgers: lines that are altered, and two stories', async () => {
    const first: Partial<LedgerEntry> = { kind: 'frozen', reason: 'one' };
    const texts = (...entries: Partial<LedgerEntry>[]) =>
      ledger(entries.map(line)).map((each) => canonical(each.entry));
    const whole = texts(first, { kind: 'unfrozen' });
    const other = texts(first, { kind: 'frozen', reason: 'two' });
    assert.deepEqual((await factsWith({}, hostsWith(whole, whole.slice(0, 1)))).ledger.problems, []);
    const forked = await factsWith({}, hostsWith(whole, other));
    assert.match(forked.ledger.problems.join(), /^prod-2 and prod-1 tell two stories/);
    const altered = [(whole[0] ?? '').replace('one', 'on3'), whole[1] ?? ''];
    assert.match((await factsWith({}, hostsWith(altered, whole))).ledger.problems.join(), /^prod-1: /);
  });
});

describe('the review of an emergency', () => {
  const REVIEW = 'https://github.com/acme/app/issues/5';
  const issue = (over: Partial<GitHubIssue>): GitHubIssue => ({
    ...{ number: 5, url: REVIEW, title: '', body: '', author: 'login-a' },
    ...{ labels: ['hd-review', 'hd:prod'], assignees: [], open: true, at: 0 },
    ...over,
  });
  const closed = (closedBy: string | undefined) =>
    issue({ open: false, ...(closedBy === undefined ? {} : { closedBy }) });
  const LATER = 'https://github.com/acme/app/issues/8';
  const later = () => ({ ...closed('login-b'), number: 8, url: LATER });
  const byJob = (closedBy: string) => ({ ...closed(closedBy), author: 'github-actions[bot]' });
  const breakGlass = { incident: 'INC-7', reason: 'it burns', gates: ['window'] };
  const emergency = (review?: string, name = 'login-a', proven = true): LedgerEntry =>
    line({
      ...{ kind: 'started', plan: PLAN, release: release(), actor: { name, proven, machine: 'laptop' } },
      breakGlass: { ...breakGlass, ...(review === undefined ? {} : { review }) },
    });

  function worldWith(issues: readonly GitHubIssue[], made: string[] = []) {
    const createIssue: GitHub['createIssue'] = ({ title, body }) => {
      made.push(title);
      return Promise.resolve(issue({ number: 6, url: 'https://github.com/acme/app/issues/6', body }));
    };
    const hub = github({
      // A list need not say who closed one of it.
      issues: () =>
        Promise.resolve(
          issues.flatMap(({ closedBy: _, ...each }) => (each.labels.includes('hd-review') ? each : [])),
        ),
      issue: (number) => Promise.resolve(issues.find((each) => each.number === number)),
      createIssue,
    });
    return fakeWorld({ github: () => Promise.resolve(hub) });
  }

  it('is waited for, until somebody else closes its issue', async () => {
    const open = requireReviewed(worldWith([issue({})]), prod, [emergency(REVIEW)]);
    await assert.rejects(open, { code: 'review-open', exit: 3 });
    await requireReviewed(worldWith([closed('login-b')]), prod, [emergency(REVIEW)]);
    await requireReviewed(worldWith([]), prod, []);
  });

  it('is found without its label, and missed if it was deleted', async () => {
    const open = requireReviewed(worldWith([issue({ labels: [] })]), prod, [emergency(REVIEW)]);
    await assert.rejects(open, { code: 'review-open', facts: [{ label: 'seen', text: REVIEW }] });
    await requireReviewed(worldWith([{ ...closed('login-b'), labels: [] }]), prod, [emergency(REVIEW)]);
    const gone = requireReviewed(worldWith([]), prod, [emergency(REVIEW)]);
    await assert.rejects(gone, {
      message: 'the last emergency of prod is not reviewed yet: its issue is gone',
    });
  });

  it('is not done when who broke the glass closed it, and says how it can be', async () => {
    const own = requireReviewed(worldWith([closed('Login-A')]), prod, [emergency(REVIEW)]);
    await assert.rejects(own, {
      ...{ code: 'review-open', exit: 3 },
      message:
        'the last emergency of prod is not reviewed yet: Login-A, who broke the glass, closed the review too',
      facts: [{ label: 'seen', text: REVIEW }],
      next: [
        { remark: 'reopen it, and let somebody else close it', command: ['gh', 'issue', 'reopen', REVIEW] },
        { remark: 'what was done', command: ['hd', 'history', 'prod'] },
      ],
      urgent: [{ remark: 'the same once more, with', command: ['--again'] }],
    });
  });

  for (const [what, issues, emergencies, why] of [
    [
      'an earlier one too',
      [later(), closed('login-a')],
      [emergency(REVIEW), emergency(LATER)],
      /login-a, who broke/,
    ],
    [
      'one that the ledger does not have',
      [closed('login-a')],
      [],
      /login-a, who opened the review, closed it/,
    ],
    [
      'a job, which opens it as a program',
      [byJob('login-a')],
      [emergency(REVIEW, 'login-a', false)],
      /login-a, who broke/,
    ],
    [
      'an OS user, by who opened it',
      [closed('login-a')],
      [emergency(REVIEW, 'root', false)],
      /login-a, who opened/,
    ],
    [
      'a program, which closes it',
      [closed('stale[bot]')],
      [emergency(REVIEW)],
      /stale\[bot\] closed the review, and a/,
    ],
    [
      'one whose closer is not known',
      [closed(undefined)],
      [emergency(REVIEW)],
      /GitHub does not say who closed/,
    ],
  ] as const)
    it(`needs somebody else for ${what}`, async () => {
      const asked = requireReviewed(worldWith(issues), prod, emergencies);
      await assert.rejects(asked, { code: 'review-open', message: why });
    });

  it('of an emergency that was told late is done by who opened its issue, but not by who broke the glass', async () => {
    const late = (closedBy: string) => [
      { ...closed(closedBy), author: 'login-b', body: `plan \`${PLAN.slice(0, 12)}\`` },
    ];
    await requireReviewed(worldWith(late('login-b')), prod, [emergency()]);
    await assert.rejects(
      requireReviewed(worldWith(late('login-a')), prod, [emergency()]),
      /who broke the glass/,
    );
  });

  it('is opened late, once, if GitHub could not be told at the time', async () => {
    const made: string[] = [];
    await assert.rejects(requireReviewed(worldWith([], made), prod, [emergency()]), { code: 'review-open' });
    assert.deepEqual(made, ['Review: deploy v1.4.0 to prod went through window']);
    const reviewed = issue({ open: false, closedBy: 'login-b', body: `plan \`${PLAN.slice(0, 12)}\`` });
    await requireReviewed(worldWith([reviewed], made), prod, [emergency()]);
    assert.equal(made.length, 1);
  });
});

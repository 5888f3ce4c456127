import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../../src/lib/domain/ledger.ts';
import { requireReviewed } from '../../../../src/lib/flows/gates/review-of-emergency.ts';
import type { GitHub, GitHubIssue } from '../../../../src/lib/ports.ts';
import { entry as line, environment, release } from '../../../support/core.ts';
import { fakeWorld } from '../../../support/world.ts';

const PLAN = '7c1e09ab42d8'.padEnd(64, '0');
const prod = environment({ name: 'prod' });

describe('the review of an emergency', () => {
  const REVIEW = 'https://github.com/acme/app/issues/5';
  const TITLE = 'Review: deploy v1.4.0 to prod went through window';
  const issue = (over: Partial<GitHubIssue>): GitHubIssue => ({
    ...{ number: 5, url: REVIEW, title: TITLE, body: '', author: 'login-a' },
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

  /** GitHub with these issues, to which it adds those that are made. */
  function worldWith(issues: GitHubIssue[]) {
    const createIssue: GitHub['createIssue'] = (asked) => {
      const number = 100 + issues.length;
      const made = issue({ ...asked, number, url: `https://github.com/acme/app/issues/${number}` });
      issues.unshift(made);
      return Promise.resolve(made);
    };
    const hub: Partial<GitHub> = {
      // A list need not say who closed one of it.
      issues: () =>
        Promise.resolve(
          issues.flatMap(({ closedBy: _, ...each }) => (each.labels.includes('hd-review') ? each : [])),
        ),
      issue: (number) => Promise.resolve(issues.find((each) => each.number === number)),
      createIssue,
    };
    return fakeWorld({ github: () => Promise.resolve(hub as GitHub) });
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
      message: 'an emergency of prod is not reviewed yet: its issue is not there',
    });
  });

  it('is not done when who broke the glass closed it, and says how it can be', async () => {
    const own = requireReviewed(worldWith([closed('Login-A')]), prod, [emergency(REVIEW)]);
    await assert.rejects(own, {
      ...{ code: 'review-open', exit: 3 },
      message:
        'an emergency of prod is not reviewed yet: Login-A, who broke the glass, closed the review too',
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
      const asked = requireReviewed(worldWith([...issues]), prod, emergencies);
      await assert.rejects(asked, { code: 'review-open', message: why });
    });

  /** The emergencies were not told of, and somebody ran into it since. */
  async function late(...untold: readonly LedgerEntry[]): Promise<GitHubIssue[]> {
    const issues: GitHubIssue[] = [];
    await assert.rejects(requireReviewed(worldWith(issues), prod, untold), { code: 'review-open' });
    return issues.toReversed();
  }
  const closing = (issues: readonly GitHubIssue[], closedBy: string, author = 'login-b') =>
    issues.map((each) => ({ ...each, open: false, closedBy, author }));

  it('of an emergency that was told late is done by who opened its issue, but not by who broke the glass', async () => {
    const issues = await late(emergency());
    await requireReviewed(worldWith(closing(issues, 'login-b')), prod, [emergency()]);
    await assert.rejects(
      requireReviewed(worldWith(closing(issues, 'login-a')), prod, [emergency()]),
      /who broke the glass/,
    );
  });

  it('is opened late, once, for each that GitHub could not be told of, and names the oldest', async () => {
    const first = emergency();
    const second = { ...emergency(), deployment: 'd8', at: '2026-11-19T16:00:00.000Z' };
    const untold = [first, { ...emergency(REVIEW), deployment: 'd7' }, second];
    const issues = [issue({})];
    for (const time of ['opened', 'found again']) {
      const seen = { label: 'seen', text: 'https://github.com/acme/app/issues/101' };
      await assert.rejects(requireReviewed(worldWith(issues), prod, untold), { facts: [seen] });
      assert.deepEqual(
        issues.map((each) => [each.number, each.title]),
        [102, 101, 5].map((number) => [number, TITLE]),
        time,
      );
    }
    assert.match(issues[1]?.body ?? '', /^<!-- hd:emergency prod - 2026-11-19T15:00:00\.000Z -->/);
    const done = [...closing(issues.slice(0, 2), 'login-b'), closed('login-b')];
    await requireReviewed(worldWith(done), prod, untold);
    assert.equal(done.length, 3);
  });

  it('is not that of another emergency with the same plan, whatever its text says', async () => {
    const again = { ...emergency(), deployment: 'd8', at: '2026-11-19T16:00:00.000Z' };
    const [own] = await late(again);
    const body = `plan \`${PLAN.slice(0, 12)}\`\n${own?.body ?? ''}`;
    const reviewed = { ...closed('login-b'), body };
    await assert.rejects(requireReviewed(worldWith([reviewed]), prod, [emergency(REVIEW), again]), {
      code: 'review-open',
    });
    // The ledger alone says which is the review of one that was told.
    const marked = closing(await late(again), 'login-b');
    const told = { ...again, breakGlass: { ...breakGlass, review: REVIEW } };
    await assert.rejects(requireReviewed(worldWith(marked), prod, [told]), /its issue is not there/);
    // Nor does one late issue stand for two.
    const both = closing(await late(emergency()), 'login-b');
    const edited = both.map((each) => ({ ...each, body: `${each.body}\n${body}` }));
    await assert.rejects(requireReviewed(worldWith(edited), prod, [emergency(), again]), {
      code: 'review-open',
    });
    assert.equal(edited.length, 2);
  });

  it('that a job opened is not done by who its text says broke the glass, once the ledger does not say it', async () => {
    const body = (await late(emergency()))[0]?.body ?? '';
    const own = requireReviewed(worldWith([{ ...byJob('login-a'), body }]), prod, []);
    await assert.rejects(own, /login-a, who broke the glass, closed the review too/);
    await requireReviewed(worldWith([{ ...byJob('login-b'), body }]), prod, []);
  });

  it('is found in a repository with another name, and not mistaken for an issue of another one', async () => {
    const moved = { ...closed('login-b'), url: 'https://github.com/acme/renamed/issues/5' };
    for (const labels of [moved.labels, []])
      await requireReviewed(worldWith([{ ...moved, labels }]), prod, [emergency(REVIEW)]);
    const retitled = { ...closed('login-b'), title: 'Done: the fire' };
    await requireReviewed(worldWith([retitled]), prod, [emergency(REVIEW)]);
    for (const url of [moved.url, REVIEW])
      await assert.rejects(
        requireReviewed(worldWith([{ ...retitled, url, labels: [] }]), prod, [emergency(REVIEW)]),
        { message: /its issue is not there$/, facts: [{ label: 'seen', text: REVIEW }] },
      );
    // What stands in its place may be the review of another emergency.
    const other = emergency(moved.url);
    await assert.rejects(
      requireReviewed(worldWith([moved]), prod, [emergency(REVIEW), other]),
      /its issue is not there/,
    );
  });
});

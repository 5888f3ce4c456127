import assert from 'node:assert/strict';
import type { Octokit } from '@octokit/rest';
import { environments } from '../../src/lib/lab/github/environments.ts';
import { issueComments } from '../../src/lib/lab/github/issue-comments.ts';
import { issues } from '../../src/lib/lab/github/issues.ts';
import { labels } from '../../src/lib/lab/github/labels.ts';
import { teams } from '../../src/lib/lab/github/teams.ts';
import { LEAD_TOKEN, OUTSIDER_TOKEN, OWNER, REPOSITORY, startBench, TOKEN } from '../support/github.ts';
import type { Bench } from '../support/github.ts';
import { Driver } from '../unit/lab/github/octokit.ts';

const mine = { owner: OWNER, repo: REPOSITORY };

describe('the emulated GitHub: issues, teams and environments', function () {
  this.timeout(20_000);
  let bench: Bench;
  let driver: Driver;
  let requester: Octokit['rest'];
  let lead: Octokit['rest'];
  let outsider: Octokit['rest'];

  before(async () => {
    bench = await startBench();
    driver = new Driver(bench);
    [requester, lead, outsider] = [TOKEN, LEAD_TOKEN, OUTSIDER_TOKEN].map(
      (token) => driver.connect(token).rest,
    ) as [Octokit['rest'], Octokit['rest'], Octokit['rest']];
  });
  after(() => bench.stop());

  const numbers = async (asked: object): Promise<number[]> =>
    (await requester.issues.listForRepo({ ...mine, ...asked })).data.map(({ number }) => number);

  it('keeps issues: labels are made on the fly, an edit shows, an end has its reason', async () => {
    const { data: made } = await requester.issues.create({
      ...{ ...mine, title: 'Deploy v1.4.0', body: 'plan 8d1f', labels: ['hd', 'approval'] },
      assignees: ['LOGIN-B'],
    });
    assert.deepEqual(
      [made.number, made.state, made.user?.login, made.author_association, made.assignees?.[0]?.login],
      [1, 'open', 'login-a', 'MEMBER', 'login-b'],
    );
    assert.equal(made.html_url, `${bench.github.url}/${OWNER}/${REPOSITORY}/issues/1`);
    assert.deepEqual(
      (await requester.issues.listLabelsForRepo(mine)).data.map(({ name }) => name),
      ['hd', 'approval'],
    );
    await requester.issues.createLabel({ ...mine, name: 'incident', color: 'ff0000' });
    assert.equal((await requester.issues.getLabel({ ...mine, name: 'Incident' })).data.color, 'ff0000');
    await assert.rejects(requester.issues.createLabel({ ...mine, name: 'HD' }), { status: 422 });
    assert.equal(made.updated_at, made.created_at);
    const one = { ...mine, issue_number: 1 };
    const { data: edited } = await lead.issues.update({ ...one, body: 'plan ffff' });
    assert.deepEqual([edited.body, edited.updated_at > edited.created_at], ['plan ffff', true]);
    const { data: closed } = await lead.issues.update({
      ...one,
      state: 'closed',
      state_reason: 'not_planned',
    });
    assert.deepEqual(
      [closed.state, closed.state_reason, closed.closed_by?.login],
      ['closed', 'not_planned', 'login-b'],
    );
    assert.equal((await requester.issues.update({ ...one, state: 'open' })).data.state_reason, 'reopened');
    assert.equal((await outsider.issues.get(one)).data.closed_at, null);
    await assert.rejects(requester.issues.get({ ...mine, issue_number: 9 }), { status: 404 });
    await assert.rejects(requester.issues.create({ ...mine, title: 'x', body: 'x'.repeat(65_537) }), {
      ...{ status: 422, message: /body is too long/ },
    });
    await assert.rejects(requester.issues.create({ ...mine, title: 'x', assignees: ['nobody'] }), {
      status: 422,
    });
  });

  it('lists what is asked for', async () => {
    const { data: second } = await requester.issues.create({
      ...mine,
      title: 'Outage',
      labels: ['incident'],
    });
    await requester.issues.update({ ...mine, issue_number: second.number, state: 'closed' });
    assert.deepEqual(await numbers({ labels: 'HD,approval' }), [1]);
    assert.deepEqual(await numbers({ labels: 'incident' }), []);
    assert.deepEqual(await numbers({ state: 'all' }), [2, 1]);
    assert.deepEqual(await numbers({ state: 'all', direction: 'asc', creator: 'login-a' }), [1, 2]);
    assert.deepEqual(await numbers({ creator: 'login-b' }), []);
    assert.deepEqual(await numbers({ assignee: 'login-b' }), [1]);
    assert.deepEqual(await numbers({ state: 'all', since: '2099-01-01T00:00:00Z' }), []);
    const { data: late } = await requester.issues.get({ ...mine, issue_number: 1 });
    assert.deepEqual(await numbers({ since: late.updated_at }), [1]);
  });

  it('keeps comments: who is from outside may write, and change nothing of others', async () => {
    const one = { ...mine, issue_number: 1 };
    const { data: approval } = await lead.issues.createComment({ ...one, body: 'approve 8d1f' });
    const { data: foreign } = await outsider.issues.createComment({ ...one, body: 'approve 8d1f too' });
    assert.deepEqual(
      [approval.updated_at, foreign.user?.login, foreign.author_association],
      [approval.created_at, 'login-d', 'NONE'],
    );
    const edit = { ...mine, comment_id: approval.id, body: 'approve ffff' };
    await assert.rejects(outsider.issues.updateComment(edit), { status: 403 });
    await assert.rejects(outsider.issues.update({ ...one, title: 'Mine' }), { status: 403 });
    const { data: edited } = await requester.issues.updateComment(edit);
    assert.deepEqual([edited.user?.login, edited.updated_at > edited.created_at], ['login-b', true]);
    assert.equal(
      (await requester.issues.getComment({ ...mine, comment_id: approval.id })).data.body,
      'approve ffff',
    );
    const { data: both } = await requester.issues.listComments(one);
    assert.equal(both.length, 2);
    // The other one may have come in the second of the edit.
    const since = async (at: string) =>
      (await requester.issues.listComments({ ...one, since: at })).data.map(({ id }) => id);
    const recent = both.filter((each) => each.updated_at >= edited.updated_at).map(({ id }) => id);
    assert.ok(recent.includes(edited.id));
    assert.deepEqual(await since(edited.updated_at), recent);
    const after = new Date(Date.parse(edited.updated_at) + 1000).toISOString();
    assert.deepEqual(await since(after), []);
    const page = await (await fetch(edited.html_url)).text();
    for (const text of ['Deploy v1.4.0 #1', 'plan ffff', 'approve ffff', ', edited', 'approve 8d1f too'])
      assert.ok(page.includes(text), text);
    await outsider.issues.deleteComment({ ...mine, comment_id: foreign.id });
    const { data: left } = await requester.issues.listCommentsForRepo({ ...mine, sort: 'updated' });
    assert.deepEqual(left, [edited]);
    // whoever may not push sets no labels, and is not told so
    const { data: theirs } = await outsider.issues.create({ ...mine, title: 'Hello', labels: ['hd'] });
    assert.deepEqual(theirs.labels, []);
  });

  it('shows teams to the organization, and to nobody else', async () => {
    const team = { org: OWNER, team_slug: 'leads' };
    const membership = async (github: Octokit['rest'], username: string) =>
      (await github.teams.getMembershipForUserInOrg({ ...team, username })).data.state;
    assert.equal(await membership(requester, 'Login-B'), 'active');
    await assert.rejects(membership(requester, 'login-a'), { status: 404 });
    await assert.rejects(membership(outsider, 'login-b'), { status: 404 });
    assert.equal((await requester.teams.getByName(team)).data.members_count, 1);
    assert.equal((await requester.teams.list({ org: OWNER })).data[0]?.slug, 'leads');
    assert.equal((await requester.teams.listMembersInOrg(team)).data[0]?.login, 'login-b');
    await assert.rejects(requester.teams.getByName({ ...team, team_slug: 'none' }), { status: 404 });
    assert.equal((await requester.users.getByUsername({ username: 'login-d' })).data.type, 'User');
    await assert.rejects(requester.users.getByUsername({ username: 'nobody' }), { status: 404 });
  });

  it('protects environments, as far as the plan goes', async () => {
    const { data: team } = await requester.teams.getByName({ org: OWNER, team_slug: 'leads' });
    const { data: person } = await requester.users.getByUsername({ username: 'login-a' });
    const one = { ...mine, environment_name: 'production' };
    const reviewers = [
      { type: 'Team' as const, id: team.id },
      { type: 'User' as const, id: person.id },
    ];
    const { data: made } = await requester.repos.createOrUpdateEnvironment({
      ...{ ...one, wait_timer: 5, prevent_self_review: true, reviewers },
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
    assert.deepEqual(
      made.protection_rules?.map(({ type }) => type),
      ['wait_timer', 'required_reviewers', 'branch_policy'],
    );
    assert.deepEqual(
      (await requester.repos.getEnvironment({ ...mine, environment_name: 'Production' })).data,
      made,
    );
    const wrong = [
      { reviewers: Array(7).fill(reviewers[0]) },
      { reviewers: [{ type: 'User' as const, id: 1 }] },
      { wait_timer: 43_201 },
      { deployment_branch_policy: { protected_branches: true, custom_branch_policies: true } },
    ];
    for (const body of wrong)
      await assert.rejects(requester.repos.createOrUpdateEnvironment({ ...one, ...body }), { status: 422 });
    await assert.rejects(outsider.repos.createOrUpdateEnvironment(one), { status: 403 });
    await bench.features({ protectionRules: false });
    await assert.rejects(requester.repos.createOrUpdateEnvironment({ ...one, reviewers }), {
      ...{ status: 422, message: /billing plan/ },
    });
    const { data: plain } = await outsider.repos.getEnvironment(one);
    assert.deepEqual(
      plain.protection_rules?.map(({ type }) => type),
      ['branch_policy'],
    );
    await bench.features({ protectionRules: true });
    assert.equal((await requester.repos.getAllEnvironments(mine)).data.total_count, 1);
    await requester.repos.deleteAnEnvironment(one);
    await assert.rejects(requester.repos.getEnvironment(one), { status: 404 });
  });

  it('was driven through every operation of these tables, and kept to its description', async () => {
    assert.deepEqual(await driver.undriven(issues, issueComments, labels, teams, environments), []);
    assert.deepEqual(await bench.violations(), []);
  });
});

import assert from 'node:assert/strict';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { GitHub } from '../../src/lib/ports.ts';
import { startServer } from '../support/oci.ts';
import {
  LEAD_TOKEN,
  OUTSIDER_TOKEN,
  OWNER,
  REPOSITORY,
  startBench,
  TOKEN,
  WEAK_TOKEN,
  type Bench,
} from '../support/github.ts';

const LABEL = 'hd:approval';

describe('issues, comments and teams on GitHub, on the emulator', function () {
  this.timeout(30_000);
  let bench: Bench;
  let github: GitHub;
  let number = 0;

  const connect = (token = TOKEN, baseUrl = bench.github.url): GitHub =>
    createGitHub({
      repository: { owner: OWNER, name: REPOSITORY },
      baseUrl,
      clock: systemClock,
      ...(token !== '' && { token: new Secret(token) }),
      timeoutMs: 5000,
      retryBaseMs: 5,
    });
  const next = (title = 'Deploy v1.4.0 to prod') => ({
    ...{ title, body: `Plan ${(number += 1)}\n\n- digest`, labels: [LABEL] },
  });
  const fails = (exit: number, code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HdError, String(error));
    assert.deepEqual([error.exit, error.code], [exit, code], error.message);
    assert.match(error.message, message);
    return true;
  };
  const wrote = async () =>
    (await bench.asked()).filter(({ method }) => method !== 'GET').map(({ method }) => method);
  /** As in the browser. */
  const send = async (method: string, path: string, body?: object, token = TOKEN) => {
    const answer = await fetch(`${bench.github.url}/repos/${OWNER}/${REPOSITORY}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.headers;
  };
  const limitUsed = async () => Number((await send('GET', 'branches/main')).get('x-ratelimit-used'));

  before(async () => {
    bench = await startBench();
    github = connect();
    await bench.commit({ 'README.md': 'hello\n' });
  });
  after(() => bench.stop());
  beforeEach(async () => {
    await bench.asked();
  });
  afterEach(async () => {
    await bench.clearFaults();
    assert.deepEqual(await bench.violations(), []);
  });

  describe('an issue', () => {
    it('is made with labels that are new, found by them, and closed', async () => {
      const asked = { ...next(), assignees: ['login-b'] };
      const made = await github.createIssue(asked);
      const { title, body, author, labels, assignees, open } = made;
      assert.deepEqual(
        { title, body, author, labels, assignees, open },
        { ...asked, author: 'login-a', open: true },
      );
      assert.ok(Math.abs(made.at - Date.now()) < 60_000);
      assert.match(made.url, new RegExp(`/${OWNER}/${REPOSITORY}/issues/${made.number}$`));
      const other = await github.createIssue({ ...next(), labels: ['incident'] });
      assert.deepEqual(await github.issue(made.number), made);
      assert.deepEqual(await github.issues({ labels: [LABEL], state: 'open' }), [made]);

      await github.closeIssue(made.number, 'completed');
      assert.deepEqual(await github.issues({ labels: [LABEL], state: 'open' }), []);
      const [closed] = await github.issues({ labels: [LABEL], state: 'closed' });
      assert.deepEqual([closed?.number, closed?.open], [made.number, false]);
      assert.ok((closed?.closedAt ?? 0) >= made.at);
      const all = await github.issues({ labels: [], state: 'all' });
      assert.deepEqual(
        all.slice(0, 2).map((issue) => issue.number),
        [other.number, made.number],
      );
      const later = Date.now() + 60_000;
      assert.deepEqual(await github.issues({ labels: [], state: 'all', since: later }), []);
    });

    it('says who closed it, not who opened it, until it is opened again', async () => {
      const { number: one } = await github.createIssue({ ...next(), labels: ['review'] });
      await send('PATCH', `issues/${one}`, { state: 'closed' }, LEAD_TOKEN);
      const closer = async () => {
        const found = await github.issue(one);
        return [found?.author, found?.open, found?.closedBy];
      };
      assert.deepEqual(await closer(), ['login-a', false, 'login-b']);
      // Who closes what is closed already has not closed it.
      await send('PATCH', `issues/${one}`, { state: 'closed' });
      assert.deepEqual(await closer(), ['login-a', false, 'login-b']);
      // A list does not say it: whoever needs it has to ask for the one.
      const [listed] = await github.issues({ labels: ['review'], state: 'closed' });
      assert.deepEqual([listed?.number, listed?.closedBy], [one, undefined]);
      await send('PATCH', `issues/${one}`, { state: 'open' });
      assert.deepEqual(await closer(), ['login-a', true, undefined]);
    });

    it('that is not there is undefined, and has no comments', async () => {
      assert.equal(await github.issue(9999), undefined);
      await assert.rejects(github.comments(9999), fails(3, 'no-issue', /has no issue #9999/));
      await assert.rejects(github.addComment(9999, 'x'), fails(3, 'no-issue', /has no issue #9999/));
    });

    it('is made without assignees when GitHub knows one of them not', async () => {
      const made = await github.createIssue({ ...next(), assignees: ['login-b', 'nobody'] });
      assert.deepEqual(made.assignees, []);
      assert.deepEqual(await wrote(), ['POST', 'POST']);
    });

    for (const kind of ['lost', 'cut'] as const)
      it(`is looked for when the answer is ${kind}, and not made twice`, async () => {
        // Another of the same title is not it.
        const other = await github.createIssue(next());
        await bench.asked();
        await bench.fault({ match: { method: 'POST', path: '/issues$' }, kind });
        const made = await github.createIssue(next());
        assert.notEqual(made.number, other.number);
        assert.deepEqual(await wrote(), ['POST']);
        await bench.fault({ match: { method: 'PATCH' }, kind });
        await github.closeIssue(made.number, 'not_planned');
        assert.deepEqual(await wrote(), ['PATCH']);
        assert.equal((await github.issue(made.number))?.open, false);
      });

    it('is sent a second time only when it was seen not to be there', async () => {
      await bench.fault({ match: { method: 'POST' }, kind: 'status', status: 502 });
      const asked = next();
      await github.createIssue(asked);
      const all = await github.issues({ labels: [LABEL], state: 'open' });
      assert.equal(all.filter(({ body }) => body === asked.body).length, 1);
    });

    it('is not known when neither the answer nor the look comes', async () => {
      await bench.fault({ match: { method: 'POST' }, kind: 'lost' });
      await bench.fault({ match: { method: 'GET', path: '/issues' }, kind: 'status', status: 502, times: 3 });
      await assert.rejects(
        github.createIssue(next()),
        fails(9, 'github-unknown', /answer was lost .* create issue "Deploy v1\.4\.0 to prod"/),
      );
    });

    it('without the labels that hd finds it by is closed, and an error', async () => {
      const outsider = connect(OUTSIDER_TOKEN);
      const asked = next();
      await assert.rejects(
        outsider.createIssue(asked),
        fails(4, 'github-labels', /without hd:approval: login-d may not label issues of acme\/healthdelta/),
      );
      const [made] = await github.issues({ labels: [], state: 'closed' });
      assert.equal(made?.body, asked.body);
    });
  });

  describe('a comment', () => {
    let issue: number;
    beforeEach(async () => {
      issue = (await github.createIssue(next())).number;
      await bench.asked();
    });

    it('is added, listed oldest first with its author, and seen to be edited', async () => {
      const first = await connect(LEAD_TOKEN).addComment(issue, 'Approved.\n');
      const second = await github.addComment(issue, 'Me too');
      assert.deepEqual(await github.comments(issue), [first, second]);
      assert.deepEqual([first.author, first.edited, second.author], ['login-b', false, 'login-a']);
      assert.match(first.url, new RegExp(`/issues/${issue}#issuecomment-${first.id}$`));
      await send('PATCH', `issues/comments/${first.id}`, { body: 'Approved!' });
      assert.deepEqual(
        (await github.comments(issue)).map(({ body, edited }) => [body, edited]),
        [
          ['Approved!', true],
          ['Me too', false],
        ],
      );
    });

    it('comes from every page', async () => {
      for (let count = 0; count < 101; count += 1)
        await send('POST', `issues/${issue}/comments`, { body: `${count}` });
      const all = await github.comments(issue);
      assert.deepEqual([all.length, all[100]?.body], [101, '100']);
    });

    for (const kind of ['lost', 'cut'] as const)
      it(`is looked for when the answer is ${kind}, also where the same was said before`, async () => {
        const before = await github.addComment(issue, 'Reminder');
        await bench.asked();
        await bench.fault({ match: { method: 'POST' }, kind });
        const made = await github.addComment(issue, 'Reminder');
        assert.deepEqual(await wrote(), ['POST']);
        assert.deepEqual(await github.comments(issue), [before, made]);
      });

    it('is a plain failure when GitHub can not be connected to', async () => {
      const server = await startServer(() => undefined);
      await server.stop();
      const closed = connect(TOKEN, `http://${server.host}`);
      await assert.rejects(
        closed.closeIssue(issue, 'completed'),
        fails(11, 'github-unreachable', /ECONNREFUSED/),
      );
    });
  });

  it('polling costs no rate limit, and sees what is new', async () => {
    const { number: issue } = await github.createIssue({ ...next(), labels: ['polled'] });
    const poll = () =>
      Promise.all([
        github.issue(issue),
        github.comments(issue),
        github.issues({ labels: ['polled'], state: 'open', since: 0 }),
      ]);
    await poll();
    const used = await limitUsed();
    await poll();
    await poll();
    assert.equal(await limitUsed(), used + 1);
    await send('POST', `issues/${issue}/comments`, { body: 'new' }, LEAD_TOKEN);
    assert.equal((await poll())[1].length, 1);
  });

  it('names the permission that is missing', async () => {
    const weak = connect(WEAK_TOKEN);
    const lacks = (doing: string, what: string) =>
      fails(4, 'github-permission', new RegExp(`${doing}: it lacks ${what} on acme/healthdelta`));
    await assert.rejects(
      weak.issues({ labels: ['a', 'b'], state: 'open' }),
      lacks('labelled a, b', 'issues=read'),
    );
    await assert.rejects(weak.issue(1), lacks('read issue #1', 'issues=read'));
    await assert.rejects(weak.comments(1), lacks('comments of issue #1', 'issues=read'));
    await assert.rejects(weak.createIssue(next()), lacks('create issue "Deploy .*"', 'issues=write'));
    await assert.rejects(weak.closeIssue(1, 'completed'), lacks('close issue #1', 'issues=write'));
    assert.deepEqual(await wrote(), ['POST', 'PATCH']);
  });

  describe('a team', () => {
    const leads = { org: OWNER, slug: 'leads' };

    it('has its members, and nobody else', async () => {
      assert.equal(await github.isTeamMember(leads, 'login-b'), true);
      assert.equal(await github.isTeamMember(leads, 'login-a'), false);
      assert.equal(await github.isTeamMember({ ...leads, slug: 'none' }, 'login-b'), false);
      assert.equal(await connect(OUTSIDER_TOKEN).isTeamMember(leads, 'login-b'), false);
    });

    it('that a token may not read is an error, and not an empty team', async () => {
      await assert.rejects(
        connect(WEAK_TOKEN).isTeamMember(leads, 'login-b'),
        fails(4, 'github-permission', /read who is in team acme\/leads: it lacks members=read on acme$/),
      );
      await assert.rejects(
        connect('').isTeamMember(leads, 'login-b'),
        fails(4, 'github-token', /needs a token/),
      );
      await bench.fault({ match: { path: '/teams/' }, kind: 'status', status: 502, times: 3 });
      await assert.rejects(
        github.isTeamMember(leads, 'login-b'),
        fails(11, 'github-unreachable', /acme\/leads/),
      );
    });
  });
});

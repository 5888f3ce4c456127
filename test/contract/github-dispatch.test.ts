import assert from 'node:assert/strict';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { GitHub } from '../../src/lib/ports.ts';
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

const DEPLOY = `name: Deploy
run-name: Deploy \${{ inputs.version }} (\${{ inputs.request }})
on:
  workflow_dispatch:
    inputs:
      environment: {type: choice, options: [production, staging], required: true}
      version: {required: true}
      request: {default: ''}
jobs:
  deploy:
    runs-on: self-hosted
    environment: '\${{ inputs.environment }}'
    steps:
      - name: Deploy
        run: |
          mkdir out
          echo '{"outcome":"confirmed"}' > out/report.json
      - uses: actions/upload-artifact@v4
        with: {name: hd-report, path: out}
`;

describe('dispatches, reviews and artifacts on GitHub, on the emulator', function () {
  this.timeout(30_000);
  let bench: Bench;
  /** Who starts runs; login-b, of the team leads, reviews them. */
  let github: GitHub;
  let lead: GitHub;
  let production: number;
  let number = 0;

  const connect = (token = TOKEN): GitHub =>
    createGitHub({
      repository: { owner: OWNER, name: REPOSITORY },
      baseUrl: bench.github.url,
      clock: systemClock,
      token: new Secret(token),
      timeoutMs: 5000,
      retryBaseMs: 5,
    });
  const fails = (exit: number, code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HdError, String(error));
    assert.deepEqual([error.exit, error.code], [exit, code], error.message);
    assert.match(error.message, message);
    return true;
  };
  const posts = async () => (await bench.asked()).filter(({ method }) => method === 'POST').length;
  const send = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${bench.github.url}/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return { headers: answer.headers, body: (await answer.json()) as { id: number } };
  };
  const mine = `repos/${OWNER}/${REPOSITORY}`;
  const inputs = (environment: string) => ({
    ...{ environment, version: 'v1.4.0', request: `r-${(number += 1)}` },
  });
  const start = async (environment: string): Promise<number> => {
    const run = (await github.dispatch('deploy.yml', 'main', inputs(environment)))?.run ?? 0;
    await bench.settled(run);
    return run;
  };

  before(async () => {
    bench = await startBench();
    [github, lead] = [connect(), connect(LEAD_TOKEN)];
    await bench.commit({ '.github/workflows/deploy.yml': DEPLOY });
    const { id: team } = (await send('GET', `orgs/${OWNER}/teams/leads`)).body;
    const { id: person } = (await send('GET', 'users/login-a')).body;
    const { body } = await send('PUT', `${mine}/environments/production`, {
      ...{ prevent_self_review: true, wait_timer: 0 },
      reviewers: [
        { type: 'Team', id: team },
        { type: 'User', id: person },
      ],
    });
    production = body.id;
  });
  after(() => bench.stop());
  beforeEach(async () => {
    await bench.asked();
  });
  afterEach(async () => {
    await bench.clearFaults();
    assert.deepEqual(await bench.violations(), []);
  });

  it('an environment has its rules, where the plan offers them', async () => {
    const rules = { id: production, name: 'production', preventSelfReview: true, waitMinutes: 0 };
    assert.deepEqual(await github.environment('production'), {
      ...rules,
      reviewers: ['acme/leads', 'login-a'],
    });
    await bench.features({ protectionRules: false });
    const without = await github.environment('production');
    await bench.features({ protectionRules: true });
    assert.deepEqual(without?.reviewers, []);
    assert.equal(await github.environment('nowhere'), undefined);
  });

  describe('a dispatch', () => {
    it('gives its run; it waits, is reviewed by who may, and leaves an artifact', async () => {
      const run = await start('production');
      assert.equal((await github.run(run)).title, `Deploy v1.4.0 (r-${number})`);
      assert.deepEqual(
        (await github.waitingRuns()).map(({ id, status, by }) => [id, status, by]),
        [[run, 'waiting', 'login-a']],
      );
      const waits = { id: production, environment: 'production', reviewers: ['acme/leads', 'login-a'] };
      assert.deepEqual(await github.pendingDeployments(run), [{ ...waits, mayApprove: false }]);
      assert.deepEqual(await lead.pendingDeployments(run), [{ ...waits, mayApprove: true }]);
      assert.equal(await github.artifact(run, 'hd-report'), undefined);

      const approved = { environments: [production], state: 'approved', comment: 'fine' } as const;
      await assert.rejects(
        github.review(run, approved),
        fails(4, 'not-reviewer', /^login-a started run \d+, and production does not let/),
      );
      await assert.rejects(
        connect(OUTSIDER_TOKEN).review(run, approved),
        fails(
          4,
          'not-reviewer',
          /^login-d is no required reviewer of production: those are acme\/leads, login-a$/,
        ),
      );
      assert.deepEqual(await github.reviews(run), []);
      await bench.asked();
      await bench.fault({ match: { method: 'POST', path: 'pending_deployments' }, kind: 'lost' });
      await lead.review(run, approved);
      assert.equal(await posts(), 1);
      assert.deepEqual(await github.reviews(run), [
        { by: 'login-b', state: 'approved', comment: 'fine', environments: ['production'] },
      ]);
      assert.deepEqual(await github.pendingDeployments(run), []);
      await bench.lab('GET', `runs/${run}/ended`);
      assert.equal((await github.run(run)).conclusion, 'success');
      assert.deepEqual(await github.waitingRuns(), []);
      assert.deepEqual(
        [...((await github.artifact(run, 'hd-report')) ?? [])],
        [['report.json', '{"outcome":"confirmed"}\n']],
      );
      assert.equal(await github.artifact(run, 'other'), undefined);
      await assert.rejects(lead.review(run, approved), fails(3, 'review-over', /no longer waits/));
    });

    for (const kind of ['lost', 'cut'] as const)
      it(`with an answer that is ${kind} is not sent again, and found by its title`, async () => {
        const since = Date.now();
        await bench.fault({ match: { method: 'POST', path: '/dispatches' }, kind });
        assert.equal(await github.dispatch('deploy.yml', 'main', inputs('staging')), undefined);
        assert.equal(await posts(), 1);
        const found = await github.dispatched('deploy.yml', since);
        assert.equal(found.filter(({ title }) => title.includes(`(r-${number})`)).length, 1);
        assert.deepEqual(found[0]?.id, Math.max(...found.map(({ id }) => id)));
        assert.deepEqual(await github.dispatched('deploy.yml', Date.now() + 5000), []);
        assert.deepEqual(await github.dispatched('none.yml', since), []);
      });

    it('to a server without run details is sent once more, and found by its title', async () => {
      const since = Date.now();
      await bench.features({ runDetails: false });
      assert.equal(await github.dispatch('deploy.yml', 'main', inputs('staging')), undefined);
      await bench.features({ runDetails: true });
      const found = await github.dispatched('deploy.yml', since);
      assert.equal(found.filter(({ title }) => title.includes(`(r-${number})`)).length, 1);
    });

    it('names what the workflow does not declare, or GitHub does not know', async () => {
      await assert.rejects(
        github.dispatch('deploy.yml', 'main', { ...inputs('staging'), plan: 'x', more: 'y' }),
        fails(2, 'unexpected-inputs', /^deploy\.yml does not declare plan, more as inputs/),
      );
      await assert.rejects(
        github.dispatch('deploy.yml', 'main', { environment: 'staging' }),
        fails(2, 'dispatch-refused', /Required input 'version' not provided/),
      );
      await assert.rejects(
        github.dispatch('deploy.yml', 'nowhere', inputs('staging')),
        fails(2, 'dispatch-refused', /No ref found for: nowhere/),
      );
      await assert.rejects(
        github.dispatch('none.yml', 'main', {}),
        fails(2, 'no-workflow', /no workflow none\.yml on its default branch/),
      );
    });

    it('is cancelled once, and a run that has ended stays as it is', async () => {
      const run = await start('production');
      await bench.asked();
      await bench.fault({ match: { method: 'POST', path: '/cancel' }, kind: 'lost' });
      await github.cancelRun(run);
      await bench.lab('GET', `runs/${run}/ended`);
      assert.equal((await github.run(run)).conclusion, 'cancelled');
      await github.cancelRun(run);
      assert.equal((await github.run(run)).conclusion, 'cancelled');
    });

    it('whose run is not there, or not yet, is told from one that may not be seen', async () => {
      await assert.rejects(
        github.run(99_999_999),
        fails(3, 'no-run', /acme\/healthdelta has no run 99999999/),
      );
    });

    it('that is rejected ends its run', async () => {
      const run = await start('production');
      await lead.review(run, { environments: [production], state: 'rejected', comment: 'no' });
      await bench.lab('GET', `runs/${run}/ended`);
      assert.equal((await github.run(run)).conclusion, 'failure');
      assert.equal((await github.reviews(run))[0]?.state, 'rejected');
    });
  });

  it('the way between two commits is on GitHub as it is in git', async () => {
    const base = await bench.git('rev-parse', 'HEAD');
    await bench.commit({ 'a.txt': 'a' }, 'Add a\n\nBecause.');
    const head = await bench.commit({ 'b.txt': 'b' }, 'Add b');
    const { total, commits } = await github.commitsBetween(base, head);
    assert.equal(total, 2);
    assert.deepEqual(
      commits.map(({ title, author }) => [title, author]),
      [
        ['Add a', 'login-a'],
        ['Add b', 'login-a'],
      ],
    );
    assert.deepEqual((await github.commitsBetween(head, base)).commits, []);
    const merged = { title: 'Add b', author: 'login-b', mergeCommit: head };
    const pull = (await bench.lab('POST', 'pulls', merged)) as { number: number };
    const [found, ...others] = await github.pullRequestsOf(head);
    assert.deepEqual(
      [found?.number, found?.title, found?.author, others],
      [pull.number, 'Add b', 'login-b', []],
    );
    assert.deepEqual(await github.pullRequestsOf(base), []);
    assert.deepEqual(await github.pullRequestsOf('0'.repeat(40)), []);
    assert.deepEqual(await github.issues({ labels: [], state: 'all' }), []);
    assert.equal(await github.issue(pull.number), undefined);
    await assert.rejects(
      github.commitsBetween('0'.repeat(40), head),
      fails(5, 'no-such-commit', /lacks 0000000/),
    );
  });

  it('required checks are those of protection and rules', async () => {
    const branch = 'release/1.4';
    assert.deepEqual(await github.requiredChecks(branch), []);
    await bench.git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    await bench.lab('PUT', `branches/${encodeURIComponent(branch)}`, {
      ...{ protection: ['unit', 'lint'], rules: ['unit', 'e2e'] },
    });
    assert.deepEqual(await github.requiredChecks(branch), ['unit', 'lint', 'e2e']);
    assert.deepEqual(await github.requiredChecks('main'), []);
  });

  it('polling costs no rate limit', async () => {
    const run = await start('production');
    const since = Date.now() - 60_000;
    const poll = () =>
      Promise.all([
        ...[github.run(run), github.pendingDeployments(run), github.reviews(run), github.jobs(run)],
        ...[github.waitingRuns(), github.dispatched('deploy.yml', since), github.environment('production')],
      ]);
    const used = async () =>
      Number((await send('GET', `${mine}/branches/main`)).headers.get('x-ratelimit-used'));
    await poll();
    const before = await used();
    await poll();
    await poll();
    assert.equal(await used(), before + 1);
    await github.cancelRun(run);
  });

  it('names the permission that is missing', async () => {
    const weak = connect(WEAK_TOKEN);
    const lacks = (doing: string) =>
      fails(4, 'github-permission', new RegExp(`${doing}: it lacks actions=write on acme/healthdelta`));
    await assert.rejects(weak.dispatch('deploy.yml', 'main', {}), lacks('dispatch deploy.yml'));
    await assert.rejects(weak.cancelRun(1), lacks('cancel run 1'));
    assert.equal(await posts(), 2);
  });
});

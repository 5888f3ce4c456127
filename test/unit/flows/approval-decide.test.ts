import assert from 'node:assert/strict';
import { sha256 } from '../../../src/lib/domain/canonical.ts';
import { HdError } from '../../../src/lib/domain/errors.ts';
import { decide } from '../../../src/lib/flows/approval/decide.ts';
import type { DecideRequest } from '../../../src/lib/flows/approval/decide-request.ts';
import { askForApproval, requireReviewers, waitForApproval } from '../../../src/lib/flows/approval/index.ts';
import { waitingJson } from '../../../src/lib/flows/approval/json.ts';
import { listWaiting } from '../../../src/lib/flows/approval/list.ts';
import type { World } from '../../../src/lib/flows/world.ts';
import { approvalsView } from '../../../src/lib/ui/screens/approvals.ts';
import { viewLines } from '../../../src/lib/ui/view.ts';
import { plainText } from '../../../src/lib/ui/style.ts';
import { OTHER_PLAN, PLAN, startApprovals, type ApprovalBench, type Login } from '../../support/approvals.ts';

const DEPLOY = `name: Deploy
on:
  workflow_dispatch:
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: prod
    steps: [{run: echo done}]
`;

describe('deciding what waits for approval', function () {
  this.timeout(60_000);
  let here: ApprovalBench;

  before(async () => (here = await startApprovals()));
  beforeEach(() => here.afresh());
  after(async () => {
    assert.deepEqual(await here.bench.violations(), []);
    await here.bench.stop();
  });

  const ask = async (plan = PLAN): Promise<number> => {
    const { request } = await askForApproval(here.world(), await here.input(plan));
    return request?.number ?? 0;
  };
  const all = () => [here.environment('prod'), here.environment('staging')];
  const says = (login: Login, rest: Partial<DecideRequest> & { world?: Partial<World> } = {}) => {
    const { world, ...request } = rest;
    return decide(here.world(login, world), {
      ...{ decision: 'approve', environments: all(), comment: 'Fine by me.', dryRun: false },
      confirm: () => Promise.resolve(),
      ...request,
    });
  };
  const fails = (exit: number, code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HdError, String(error));
    assert.deepEqual([error.exit, error.code], [exit, code], error.message);
    assert.match(error.message, message);
    return true;
  };
  const bodies = async (issue: number) =>
    (await here.github('login-a').comments(issue)).map(({ body }) => body);
  const list = (login: Login) => listWaiting(here.world(login), all(), login);

  it('says the word that a person could say in the browser, and what is still missing', async () => {
    const issue = await ask();
    const { block, exit, json } = await says('login-b');
    assert.equal(exit, 0);
    const shown = sha256((await here.github('login-a').issue(issue))?.body ?? '');
    assert.deepEqual(await bodies(issue), [
      `hd approve ${PLAN}\n\nFine by me.\n\n<!-- hd:word {"shown":"${shown}"} -->`,
    ]);
    assert.deepEqual(
      [block.verdict.outcome, block.verdict.headline, block.verdict.rows.at(-1)?.commands],
      [
        'approved',
        'deploy v1.4.0 to prod, plan 7c1e09ab42d8; qa-lead is missing',
        [{ remark: 'once login-d has approved, login-a goes on', command: ['hd', 'resume', 'prod'] }],
      ],
    );
    assert.equal((json as { outcome: string }).outcome, 'approved');
    // Once more is no other word.
    assert.equal((await says('login-b')).block.verdict.outcome, 'no change');
    const rest = { environments: [here.environment()], plan: PLAN.slice(0, 12), role: 'qa-lead' };
    // From outside of acme nobody sees who is in acme/leads.
    const outside = await says('login-d', rest);
    assert.match(
      outside.block.facts.at(-1)?.text ?? '',
      /login-b is not in .*, as far as GitHub shows who is in acme\/leads$/,
    );
    const [both] = await list('login-a');
    assert.equal(both?.kind === 'plan' && both.standing.state, 'approved');
    assert.deepEqual((await bodies(issue)).length, 2);
  });

  it('rejects for good, and says afterwards why there is nothing to decide', async () => {
    const issue = await ask();
    const { block } = await says('login-b', { decision: 'reject', comment: 'Suite was red.' });
    assert.deepEqual(
      [block.verdict.outcome, block.verdict.headline],
      ['rejected', 'deploy v1.4.0 to prod, plan 7c1e09ab42d8; this request is over'],
    );
    const [said = '', closed = ''] = await bodies(issue);
    assert.ok(said.startsWith(`hd reject ${PLAN}\n\nSuite was red.\n`), said);
    assert.match(closed, /^<!-- hd:closed .*\nlogin-b rejected it\.\n$/);
    assert.equal((await here.github('login-a').issue(issue))?.open, false);
    for (const rest of [{}, { plan: PLAN }])
      await assert.rejects(
        says('login-b', rest),
        fails(3, 'nothing-waits', /plan 7c1e09ab42d8 of prod does not wait: login-b rejected it/),
      );
  });

  it('knows a plan that was overtaken, has expired or was closed', async () => {
    await ask();
    const other = await ask(OTHER_PLAN);
    await assert.rejects(
      says('login-b', { plan: PLAN }),
      fails(3, 'nothing-waits', /does not wait: Overtaken by #\d+, another plan of prod/),
    );
    await assert.rejects(
      says('login-b', { plan: 'f'.repeat(12) }),
      fails(2, 'usage', /nobody was asked to approve a plan ffffffffffff/),
    );
    const late = { clock: { now: () => Date.now() + 5 * 3_600_000, sleep: () => Promise.resolve() } };
    await assert.rejects(says('login-b', { world: late }), fails(3, 'nothing-waits', /it has expired/));
    await here.github('login-a').closeIssue(other, 'not_planned');
    await assert.rejects(says('login-b'), fails(3, 'nothing-waits', /it was closed by hand/));
    await assert.rejects(
      says('login-b', { environments: [here.environment('staging')] }),
      fails(3, 'nothing-waits', /nothing waits for approval on staging/),
    );
  });

  it('lets nobody decide an own request, nor who is in no role', async () => {
    const issue = await ask();
    for (const decision of ['approve', 'reject'] as const)
      await assert.rejects(
        says('login-a', { decision }),
        fails(4, 'own-request', /login-a asks for this plan/),
      );
    const stranger = { actor: () => Promise.resolve({ name: 'login-c', proven: true, machine: 'm' }) };
    await assert.rejects(
      says('login-a', { world: stranger }),
      fails(4, 'not-in-role', /login-c is not in tech-lead or qa-lead/),
    );
    await assert.rejects(
      says('login-b', { role: 'qa-lead' }),
      fails(4, 'not-in-role', /login-b is not in qa-lead, but in tech-lead/),
    );
    const robot = { ...here.github('login-b'), viewer: () => Promise.resolve(undefined) };
    const nobody = {
      actor: () => Promise.resolve({ name: 'op', proven: false, machine: 'm' }),
      github: () => Promise.resolve(robot),
    };
    await assert.rejects(
      says('login-b', { world: nobody }),
      fails(4, 'not-proven', /does not say who this is/),
    );
    assert.deepEqual(await bodies(issue), []);
  });

  it('wants a reason, and a hash that is one', async () => {
    for (const comment of ['', '...'])
      await assert.rejects(says('login-b', { comment }), fails(2, 'usage', /--comment gives no reason/));
    for (const plan of ['7c1e', 'main'])
      await assert.rejects(says('login-b', { plan }), fails(2, 'usage', /is no hash of a plan/));
  });

  it('shows what is approved before it asks, and says nothing if the answer is no', async () => {
    const issue = await ask();
    const questions: string[] = [];
    const no = (question: string) => {
      questions.push(question);
      return Promise.reject(new HdError('not-confirmed', 130, 'answered no'));
    };
    await assert.rejects(says('login-b', { confirm: no }), /answered no/);
    assert.deepEqual(questions, ['Approve as tech-lead: deploy v1.4.0 to prod?']);
    assert.deepEqual(await bodies(issue), []);
    const shown = here.recorder.events.find((event) => event.type === 'preview');
    assert.deepEqual(shown?.facts.find(({ label }) => label === 'plan')?.text, PLAN);
    assert.deepEqual(shown.facts.at(-1)?.foreign, [
      'serves now: v1.3.2 on 1 of 1 host; then v1.4.0',
      'backend, ghcr.io/acme/healthdelta-backend: 444444444444 → 555555555555',
      'way back: none, nothing was ever confirmed here',
    ]);
  });

  it('takes no word for a text that was changed, and says so', async () => {
    const issue = await ask();
    const body = (await here.github('login-a').issue(issue))?.body ?? '';
    await edit(issue, body.replace('v1.3.2', 'v9.9.9'));
    await assert.rejects(says('login-b'), fails(3, 'nothing-waits', /its text was changed/));
    const [told] = await list('login-b');
    assert.deepEqual([told?.kind === 'plan' && told.standing.state, told?.forMe], ['altered', false]);
    // Put back, it is what was asked.
    await edit(issue, body);
    assert.equal((await says('login-b')).exit, 0);
  });

  const edit = async (issue: number, body: string): Promise<void> => {
    const answer = await fetch(`${here.bench.github.url}/repos/acme/healthdelta/issues/${issue}`, {
      method: 'PATCH',
      headers: { authorization: 'Bearer token-of-login-a', 'content-type': 'application/json' },
      body: JSON.stringify({ body }),
    });
    assert.equal(answer.status, 200);
  };

  it('says with --dry-run what it would say', async () => {
    const issue = await ask();
    const { block } = await says('login-b', { dryRun: true });
    assert.deepEqual(
      [block.verdict.outcome, block.verdict.headline],
      ['planned', 'deploy v1.4.0 to prod; nothing was said'],
    );
    assert.deepEqual(await bodies(issue), []);
  });

  it('shows no request that somebody else opened in the requester’s name', async () => {
    const issue = await ask();
    const { body, title } = (await here.github('login-a').issue(issue)) ?? { body: '', title: '' };
    await here
      .github('login-b')
      .createIssue({ title, body: `${body}\n`, labels: ['hd-approval', 'hd:prod'] });
    const found = await list('login-b');
    assert.deepEqual(
      found.map((each) => each.kind === 'plan' && each.request.number),
      [issue],
    );
  });

  it('tells what waits for whom', async () => {
    const issue = await ask();
    const marks = async (login: Login) => (await list(login)).map(({ mine, forMe }) => [mine, forMe]);
    assert.deepEqual([await marks('login-a'), await marks('login-b')], [[[true, false]], [[false, true]]]);
    await here.says('login-b', issue, 'hd approve 7c1e09ab42d8: Fine.');
    assert.deepEqual([await marks('login-b'), await marks('login-d')], [[[false, false]], [[false, true]]]);
    const [told] = (await list('login-d')).map(waitingJson) as { environment: string; yourRoles: string[] }[];
    assert.deepEqual([told?.environment, told?.yourRoles], ['prod', ['qa-lead']]);
  });

  describe('in a GitHub environment', () => {
    const send = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${here.bench.github.url}/${path}`, {
        method,
        headers: { authorization: 'Bearer token-of-login-a', 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
      return (await answer.json()) as { id: number };
    };
    const protect = async (): Promise<void> => {
      const { id } = await send('GET', 'orgs/acme/teams/leads');
      await send('PUT', 'repos/acme/healthdelta/environments/prod', { reviewers: [{ type: 'Team', id }] });
    };
    const start = async (): Promise<number> => {
      const run = (await here.github('login-a').dispatch('deploy.yml', 'main', {}))?.run ?? 0;
      assert.equal(await here.bench.settled(run), 'waiting');
      return run;
    };

    before(async () => {
      await here.bench.commit({ '.github/workflows/deploy.yml': DEPLOY });
      // No plan waits here.
      for (const { number } of await here
        .github('login-a')
        .issues({ labels: ['hd-approval'], state: 'open' }))
        await here.github('login-a').closeIssue(number, 'not_planned');
    });

    it('notices that GitHub would ask nobody', async () => {
      const requires = () => requireReviewers(here.world(), here.environment());
      await assert.rejects(requires(), fails(3, 'no-reviewers', /GitHub has no environment prod/));
      await send('PUT', 'repos/acme/healthdelta/environments/prod', {});
      await assert.rejects(
        requires(),
        fails(3, 'no-reviewers', /GitHub asks nobody before a deployment to prod/),
      );
      await protect();
      assert.deepEqual((await requires()).reviewers, ['acme/leads']);
      await here.bench.features({ protectionRules: false });
      await assert.rejects(requires(), fails(3, 'no-reviewers', /no required reviewers/));
      await here.bench.features({ protectionRules: true });
    });

    it('reviews the run that waits there', async () => {
      await protect();
      const run = await start();
      await assert.rejects(
        says('login-a'),
        fails(4, 'own-request', new RegExp(`login-a started run ${run}`)),
      );
      await assert.rejects(
        says('login-d'),
        fails(4, 'not-reviewer', /login-d is no required reviewer of prod: those are acme\/leads/),
      );
      const { block } = await says('login-b', { run });
      assert.match(block.verdict.headline, /^deploy\.yml #\d+ in prod; the run goes on$/);
      const [review] = await here.github('login-a').reviews(run);
      assert.deepEqual(review, {
        by: 'login-b',
        state: 'approved',
        comment: 'Fine by me.',
        environments: ['prod'],
      });
      await assert.rejects(says('login-b', { run }), fails(3, 'nothing-waits', /does not wait for a review/));
    });

    it('lists it beside the plans, and of several lets a person choose', async () => {
      await protect();
      const [run, issue] = [await start(), await ask()];
      const all = await list('login-b');
      assert.deepEqual(
        all.map(({ kind, forMe }) => [kind, forMe]),
        [
          ['plan', true],
          ['run', true],
        ],
      );
      await assert.rejects(says('login-b'), (error: unknown) => {
        assert.ok(error instanceof HdError && error.exit === 2);
        assert.equal(error.facts[0]?.text, `--plan 7c1e09ab42d8 or --run ${run}`);
        return true;
      });
      const never = () => Promise.reject(new Error('nothing else is asked'));
      const rows: string[] = [];
      const prompt = {
        ...{ interactive: true, confirm: never, text: never },
        choose: (shown: readonly { text: string }[]) => {
          rows.push(...shown.map(({ text }) => text));
          return Promise.resolve(1);
        },
      };
      const { block } = await says('login-b', { decision: 'reject', world: { prompt } });
      assert.match(block.verdict.headline, /the run is over$/);
      assert.match(
        rows.join('\n'),
        new RegExp(
          `^deploy v1\\.4\\.0 to prod {2}--plan 7c1e09ab42d8\\ndeploy\\.yml #\\d+ in prod {2}--run ${run}$`,
        ),
      );
      assert.deepEqual(await bodies(issue), []);
      const view = approvalsView(all, 'login-b', {
        app: 'healthdelta',
        repository: 'acme/healthdelta',
        zone: 'UTC',
        now: Date.now(),
      });
      const text = viewLines(view, { width: 80, ascii: false, zone: 'UTC' }).map(plainText).join('\n');
      assert.match(
        text,
        /next {7}hd approve prod --comment WHY\n {13}hd approve prod --run \d+ --comment WHY$/,
      );
    });
  });

  it('is heard by whoever waits', async () => {
    const { story: _, ...input } = await here.input();
    const standing = await askForApproval(here.world(), {
      ...input,
      story: { pulls: [], images: [], files: [], expectedMs: {} },
    });
    const plan = { plan: PLAN };
    here.clock.acts = [
      () => says('login-d', plan).then(() => undefined),
      () => says('login-b', plan).then(() => undefined),
    ];
    const ended = await waitForApproval(here.world(), { ...input, standing });
    assert.equal(ended.state, 'approved');
  });
});

import assert from 'node:assert/strict';
import { HdError, UnreachableError } from '../../../src/lib/domain/errors.ts';
import { Exit } from '../../../src/lib/domain/exit.ts';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import type { Release } from '../../../src/lib/domain/release.ts';
import { servingOf } from '../../../src/lib/domain/serving.ts';
import type { Answer } from '../../../src/lib/flows/answer.ts';
import type { SeenHost, Sight } from '../../../src/lib/flows/observe.ts';
import type { Proof } from '../../../src/lib/flows/prove.ts';
import { notBegun } from '../../../src/lib/flows/via/blocks/not-begun.ts';
import { notThere } from '../../../src/lib/flows/via/blocks/not-there.ts';
import { stillRuns, waitsForReview } from '../../../src/lib/flows/via/blocks/under-way.ts';
import type { Ended } from '../../../src/lib/flows/via/ended.ts';
import type { Errand } from '../../../src/lib/flows/via/errand.ts';
import { recordedBy } from '../../../src/lib/flows/via/record.ts';
import { readReport } from '../../../src/lib/flows/via/report.ts';
import { followReviewed } from '../../../src/lib/flows/via/follow.ts';
import { recordRejection, rejectionOf } from '../../../src/lib/flows/via/rejection.ts';
import { isOfRelease, prepare, requireAlone, runUnderWay } from '../../../src/lib/flows/via/start.ts';
import type { WorkflowRun } from '../../../src/lib/ports.ts';
import { endBlockLines } from '../../../src/lib/ui/endblock.ts';
import { entry, environment, finding, ledger, NOW, release, serving } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { fakeHost, FastClock, Recorder } from '../engine/fakes.ts';
import { reads, WIDE } from '../ui/golden.ts';

const PLAN = '7c1e09ab42d8'.repeat(6).slice(0, 64);
const OLD = release('1.3.2');
const NEW = release('1.4.0');
const SERVICES = ['backend'];
const URL = 'https://github.com/acme/healthdelta/actions/runs/11873420118';

const host = (serves: Release, entries: readonly Partial<LedgerEntry>[] = []): SeenHost => {
  const lines = ledger(entries.map(entry));
  return {
    host: fakeHost('orin'),
    observed: { ...serving(serves), host: 'orin', ledger: { lines, count: lines.length } },
  };
};
const sees = (serves: Release): Sight => ({ seen: [host(serves)], unseen: [] });
const nobody: Sight = {
  seen: [],
  unseen: [{ name: 'orin', error: new UnreachableError('host', 'orin: no answer in 10s') }],
};

const errand: Errand = {
  ...{ verb: 'deploy', environment: environment({ name: 'orin', hosts: ['orin'] }) },
  ...{ plan: PLAN, bound: true, release: NEW, seen: [host(OLD)] },
  before: [servingOf(host(OLD).observed, SERVICES)],
};

const run = (rest: Partial<WorkflowRun> = {}): WorkflowRun => ({
  ...{ id: 11873420118, number: 218, attempt: 1, workflow: 'deploy_backend.yml', url: URL, by: 'login-a' },
  ...{ title: `deploy v1.4.0 to orin, orin-${PLAN.slice(0, 12)}-5f3a90c1`, status: 'completed', commit: '' },
  ...rest,
});

const ended = (rest: Partial<Ended> & { conclusion?: string } = {}): Ended => ({
  followed: { run: run({ conclusion: rest.conclusion ?? 'failure' }), jobs: [], ms: 1000 },
  concluded: {
    ...{ ok: false, text: 'deploy_backend.yml #218 failed in job deploy', link: URL },
    lines: ['npm error 404', '::error::x'],
  },
  ...{ report: undefined, reviews: [] },
  ...rest,
});

function shows({ block, exit }: Answer, text: string): void {
  reads(endBlockLines(block, { ...WIDE, ascii: false }), text);
  assert.equal(block.verdict.exit, exit);
}

describe('the end of a run that began nothing', () => {
  it('is that it was rejected: exit 10', () => {
    const reviews = [
      { by: 'login-c', state: 'rejected' as const, comment: 'Suite was red.', environments: ['orin'] },
    ];
    shows(
      notBegun(errand, ended({ reviews }), sees(OLD), SERVICES),
      `  ✗ orin     login-c: "Suite was red."

✗ rejected  orin serves v1.3.2 on 1 of 1 host; nothing was changed  (exit 10)
  next       once settled with login-c:
             hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });

  it('is that it was cancelled: exit 130', () => {
    shows(
      notBegun(errand, ended({ conclusion: 'cancelled' }), sees(OLD), SERVICES),
      `  failed     the run was cancelled on GitHub

! cancelled  orin serves v1.3.2 on 1 of 1 host; nothing was changed  (exit 130)
  next       to start it again: hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });

  it('names the command that starts it again, also for whoever took the run up', () => {
    const { release: _, ...taken } = errand;
    const next = (title: string) => {
      const over = {
        ...ended(),
        followed: { run: run({ title, conclusion: 'cancelled' }), jobs: [], ms: 1 },
      };
      const [row] = notBegun(taken, over, sees(OLD), SERVICES).block.verdict.rows;
      return row?.commands?.map(({ command }) => command.join(' '));
    };
    assert.deepEqual(next(run().title), ['hd deploy orin --tag v1.4.0 --via workflow']);
    assert.deepEqual(next(`v1.4.0-rc.2: ${PLAN}`), ['hd deploy orin --tag v1.4.0-rc.2 --via workflow']);
    assert.deepEqual(next('v1.4.0.1, v1x'), ['hd deploy orin --tag TAG --via workflow']);
  });

  it('is what the hd of the job says of before its first effect, as somebody else’s words', () => {
    const error = {
      code: 'plan-changed',
      exit: Exit.locked,
      message: 'plan 7c1e09ab42d8 is no longer the plan',
    };
    shows(
      notBegun(errand, ended({ report: { error } }), sees(OLD), SERVICES),
      `  failed     says the hd of the run:
             | plan 7c1e09ab42d8 is no longer the plan

✗ changed  orin serves v1.3.2 on 1 of 1 host; nothing was changed  (exit 8)
  next       once that is settled: hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });

  it('is where the run broke, if hd did not come to its turn: exit 5', () => {
    shows(
      notBegun({ ...errand, verb: 'rollback' }, ended(), sees(OLD), SERVICES),
      `  failed     deploy_backend.yml #218 failed in job deploy
             | npm error 404
             | ::error::x

✗ not deployed  orin serves v1.3.2 on 1 of 1 host; nothing was changed  (exit 5)
  next       once that is mended: hd rollback orin --to v1.4.0 --via workflow`,
    );
  });

  it('claims of a deployment’s end what only the ledger may say: never 6 or 7', () => {
    const error = { code: 'rolled-back', exit: Exit.rolledBack, message: 'x' };
    assert.equal(notBegun(errand, ended({ report: { error } }), sees(OLD), SERVICES).exit, Exit.notVerified);
  });

  it('is what the hosts are, where they are not as before: 9 for one that was not seen, 5 for what nobody recorded', () => {
    const says = (sight: Sight) => {
      const { exit, block } = notBegun(errand, ended({ conclusion: 'cancelled' }), sight, SERVICES);
      return [exit, block.verdict.headline, block.verdict.rows[0]?.text];
    };
    const confirmed = host(NEW, [{ kind: 'finished', outcome: 'confirmed', release: NEW, deployment: 'd9' }]);
    const others = 'orin serves v1.4.0 on 1 of 1 host';
    assert.deepEqual(says({ seen: [confirmed], unseen: [] }), [Exit.interrupted, others, undefined]);
    assert.deepEqual(says(sees(NEW)), [
      Exit.notVerified,
      others,
      'no: orin serves what its ledger does not have as confirmed',
    ]);
    assert.deepEqual(says(nobody), [
      Exit.inconclusive,
      'what orin serves is not known',
      'not known: orin was not seen',
    ]);
  });
});

describe('the end of a green run', () => {
  const proof = (state: 'passed' | 'failed' | 'unknown', text = '200'): Proof => {
    const findings = [
      finding({ host: 'orin', check: 'image' }),
      finding({ host: 'orin', check: 'ready', state, text }),
    ];
    const passed = findings.filter((each) => each.state === 'passed').length;
    return { findings, passed, of: 2, whole: passed === 2 };
  };

  it('is exit 5 if the hosts run something else', () => {
    shows(
      notThere(errand, sees(OLD), SERVICES, { release: NEW, proof: proof('passed') }),
      `  failed     the run was green, and did not put v1.4.0 on orin

✗ not verified  orin serves v1.3.2 on 1 of 1 host  (exit 5)
  safe       yes: 2 of 2 checks passed, of what was confirmed before
  next       look at the hosts: hd status orin
             once the workflow does what it says:
             hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });

  it('is exit 5 if the release is there, and a check fails', () => {
    shows(
      notThere(errand, sees(NEW), SERVICES, {
        release: NEW,
        proof: proof('failed', 'GET /ready: 500, wanted 200'),
      }),
      `  failed     the run was green, and v1.4.0 is not proved: orin: ready: GET
             /ready: 500, wanted 200

✗ not verified  orin serves v1.4.0 on 1 of 1 host  (exit 5)
  safe       no: orin: ready: GET /ready: 500, wanted 200
  next       look at the hosts: hd status orin
             once the workflow does what it says:
             hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });

  it('is exit 9 if nobody can say', () => {
    const unsaid = notThere(errand, sees(NEW), SERVICES, {
      release: NEW,
      proof: proof('unknown', 'no answer in 5s'),
    });
    assert.deepEqual([unsaid.exit, unsaid.block.verdict.outcome], [Exit.inconclusive, 'inconclusive']);
    shows(
      notThere(errand, nobody, SERVICES, { release: NEW }),
      `  failed     the run was green, and v1.4.0 can't be proved: orin: no answer in
             10s

! inconclusive  what orin serves is not known  (exit 9)
  safe       not known: orin was not seen
  next       look at the hosts: hd status orin
             once the workflow does what it says:
             hd deploy orin --tag v1.4.0 --via workflow`,
    );
  });
});

describe('a run that goes on', () => {
  const going = run({ status: 'running' });

  it('is left at Ctrl-C, and can be followed again: exit 130', () => {
    shows(
      stillRuns(errand, going, sees(OLD), SERVICES, { stopped: true }),
      `  run        deploy_backend.yml #218
             ${URL}

! interrupted  orin serves v1.3.2 on 1 of 1 host; the run goes on  (exit 130)
  safe       not known: the run is not over
  next       follow it again: hd resume orin`,
    );
  });

  it('outlives its limit, or GitHub’s silence: exit 9', () => {
    const error = new HdError(
      'run-timeout',
      Exit.inconclusive,
      'deploy_backend.yml #218 still runs after 30m (--run-timeout)',
      {
        facts: [{ label: 'seen', text: URL }],
      },
    );
    shows(
      stillRuns(errand, going, sees(OLD), SERVICES, { error }),
      `  failed     deploy_backend.yml #218 still runs after 30m (--run-timeout)
  seen       ${URL}

! inconclusive  orin serves v1.3.2 on 1 of 1 host; the run goes on  (exit 9)
  safe       not known: the run is not over
  next       follow it again: hd resume orin`,
    );
  });

  it('is followed by its number, if its title does not show hd what it is for', () => {
    const next = (title: string) => {
      const { block } = stillRuns(errand, run({ title }), sees(OLD), SERVICES, { stopped: true });
      return block.verdict.rows[1]?.commands?.map(({ command }) => command.join(' '));
    };
    assert.deepEqual(next('deploy backend'), ['gh run watch 11873420118']);
    assert.deepEqual(next(run().title), ['hd resume orin']);
  });

  it('waits for people, and nobody waits with it: exit 10', () => {
    const pending = [
      { id: 1, environment: 'production', mayApprove: false, reviewers: ['login-b', 'acme/leads'] },
    ];
    shows(
      waitsForReview(errand, going, pending, sees(OLD), SERVICES),
      `  · production     asked of login-b, acme/leads
                   opens with: hd approve orin --comment WHY
                   ${URL}

! waiting  orin serves v1.3.2 on 1 of 1 host; nothing was changed  (exit 10)
  next       once it is approved: hd resume orin`,
    );
  });
});

describe('what the ledger has of a run', () => {
  const started = (plan: string, deployment: string, at = '2026-11-19T15:00:00Z') =>
    ({ kind: 'started', plan, deployment, at }) as const;
  const finished = (deployment: string) => ({ kind: 'finished', deployment, outcome: 'confirmed' }) as const;
  const before = [started(PLAN, 'd1'), finished('d1')];
  const found = (rest: Partial<Errand>, lines: readonly Partial<LedgerEntry>[]) => {
    const { started: first, finished: last } =
      recordedBy({ ...errand, seen: [host(OLD, before)], ...rest }, { seen: [host(NEW, lines)] }) ?? {};
    return [first?.deployment, last?.deployment];
  };

  it('is what was begun after the hosts were seen, also of a plan that was carried out before', () => {
    assert.deepEqual(found({}, before), [undefined, undefined]);
    assert.deepEqual(found({}, [...before, started(PLAN, 'd2')]), ['d2', undefined]);
    assert.deepEqual(found({}, [...before, started(PLAN, 'd2'), finished('d2')]), ['d2', 'd2']);
  });

  it('is of its own plan, unless the workflow makes one itself', () => {
    const other = [...before, started('ffff', 'd2'), finished('d2')];
    assert.deepEqual(found({}, other), [undefined, undefined]);
    assert.deepEqual(found({ bound: false }, other), ['d2', 'd2']);
  });

  it('is what was begun since the run was, for whoever takes it up, by the beginning of the plan', () => {
    const lines = [
      started(PLAN, 'd1', '2026-11-19T12:00:00Z'),
      finished('d1'),
      started(PLAN, 'd2'),
      finished('d2'),
    ];
    const taken = { plan: PLAN.slice(0, 12), seen: [host(OLD, lines)] };
    assert.deepEqual(found({ ...taken, since: NOW }, lines), ['d2', 'd2']);
    assert.deepEqual(found({ ...taken, since: NOW + 3_600_000 }, lines), [undefined, undefined]);
  });
});

describe('the run that is under way', () => {
  const find = async (runs: readonly WorkflowRun[], plan?: string, waiting: readonly WorkflowRun[] = []) => {
    const github = { waitingRuns: () => Promise.resolve(waiting), dispatched: () => Promise.resolve(runs) };
    const world = { clock: new FastClock(), signal: new AbortController().signal };
    return (await runUnderWay(world, github, { name: 'orin' }, 'deploy_backend.yml', plan))?.run.id;
  };
  const queued = (id: number, rest: Partial<WorkflowRun> = {}) => run({ id, status: 'queued', ...rest });

  it('is the one whose title has the request, never the latest', async () => {
    const others = [
      queued(9, { title: 'deploy v1.4.0 to orin, by hand' }),
      queued(8, { title: `deploy v1.4.0 to prod, prod-${PLAN.slice(0, 12)}-5f3a90c1` }),
      queued(7, { title: 'deploy v1.5.0 to orin, orin-ffffffffffff-5f3a90c1' }),
      queued(6, { status: 'completed' }),
      queued(5, { workflow: 'other.yml' }),
    ];
    assert.equal(await find(others, PLAN), undefined);
    assert.equal(await find([...others, queued(4)], PLAN), 4);
    assert.equal(await find([...others, queued(4)]), 7, 'of any plan');
    assert.equal(await find(others, PLAN, [queued(3, { status: 'waiting' })]), 3);
  });
});

describe('a workflow that is about to be started', () => {
  const inputs = (more: string, name: string) => `run-name: ${name}
on: {workflow_dispatch: {inputs: {environment: {}, version: {}, ${more}}}}`;
  const told = async (text: string, bound: boolean) => {
    const github = {
      branchHead: () => Promise.resolve('8c3f'),
      readFile: () => Promise.resolve({ content: new TextEncoder().encode(text), executable: false }),
    };
    const named = { ...errand.environment, github: { environment: 'orin', workflow: 'deploy_backend.yml' } };
    const wish = { ...errand, environment: named, bound };
    return prepare(fakeWorld(), github, wish).then(
      () => 'started',
      (error: unknown) => {
        assert.ok(error instanceof HdError);
        const write = error.facts.find(({ label }) => label === 'write');
        return [error.exit, error.message, write?.text, ...(write?.more ?? [])];
      },
    );
  };

  it('must show the plan to the reviewers whose approval the policy wants: exit 3', async () => {
    const shows = (input: string) => `go to \${{ inputs.${input} }}`;
    const write = 'into .github/workflows/deploy_backend.yml on main';
    const input = 'on: {workflow_dispatch: {inputs: {plan: {}}}}, given to hd deploy as --plan';
    const name = 'run-name: deploy ${{ inputs.version }} to ${{ inputs.environment }}, ${{ inputs.plan }}';
    assert.deepEqual(await told(inputs('request: {}', shows('request')), true), [
      Exit.refused,
      'deploy_backend.yml does not declare the input plan: what the reviewers on GitHub approve would be bound to no plan',
      ...[write, input],
    ]);
    assert.deepEqual(await told(inputs('plan: {}', 'x'), true), [
      Exit.refused,
      'the run-name of deploy_backend.yml does not hold inputs.plan: what the reviewers on GitHub approve would be bound to no plan',
      ...[write, name],
    ]);
    assert.deepEqual(await told(inputs('', shows('plan')), true), [
      Exit.refused,
      'deploy_backend.yml does not declare the input plan: what the reviewers on GitHub approve would be bound to no plan',
      ...[write, input],
    ]);
    const undeclared = await told(inputs('plan: {}', shows('request')), true);
    assert.deepEqual(undeclared, await told(inputs('plan: {}', 'x'), true));
  });

  it('is as good with the request, which has the plan in it; and as it is without such a policy', async () => {
    assert.equal(await told(inputs('plan: {}', '${{ inputs.plan }}'), true), 'started');
    assert.equal(await told(inputs('plan: {}, request: {}', '${{ inputs.request }}'), true), 'started');
    assert.equal(await told(inputs('', 'x'), false), 'started');
  });
});

describe('a workflow whose runs can not be told apart', () => {
  const alone = async (recent: readonly WorkflowRun[], waiting: readonly WorkflowRun[] = []) => {
    const github = {
      ...{ repository: { owner: 'acme', name: 'healthdelta' } },
      ...{ waitingRuns: () => Promise.resolve(waiting), dispatched: () => Promise.resolve(recent) },
    };
    return requireAlone(fakeWorld(), github, errand, 'deploy_backend.yml').then(
      () => 'started',
      (error: unknown) => {
        assert.ok(error instanceof HdError);
        const next = error.next.map(({ command }) => command.join(' '));
        return [error.exit, error.message, error.facts[0]?.text, ...next];
      },
    );
  };
  const going = (status: WorkflowRun['status']) => run({ title: 'deploy backend', status });

  it('is not started beside one of them: exit 8', async () => {
    const other = run({ workflow: 'other.yml', status: 'waiting' });
    assert.equal(await alone([going('completed')], [other]), 'started');
    const refused = [
      Exit.locked,
      'deploy_backend.yml #218 is under way, and whether it deploys to orin can not be told',
      ...[URL, 'gh run watch 11873420118 --repo acme/healthdelta'],
      'hd deploy orin --tag v1.4.0 --via workflow',
    ];
    for (const status of ['queued', 'running'] as const)
      assert.deepEqual(await alone([going(status)]), refused);
    assert.deepEqual(await alone([], [going('waiting')]), refused, 'also one that is older than a day');
  });
});

describe('a run that is not begun', () => {
  const follow = async (wait: boolean, busyAt = Infinity) => {
    let looks = 0;
    const status = () => (looks > 2000 ? ('completed' as const) : ('queued' as const));
    const job = () => ({
      ...{ id: 1, name: 'deploy', url: URL, steps: [] },
      status: looks >= busyAt ? ('running' as const) : ('queued' as const),
    });
    const world = fakeWorld();
    const never = () => Promise.reject(new Error('nobody asks'));
    const github = {
      ...{ viewer: never, pendingDeployments: () => Promise.resolve([]), review: never },
      ...{ jobLog: () => Promise.resolve([]), reviews: () => Promise.resolve([]) },
      run: () => Promise.resolve(run({ status: (looks++, status()), conclusion: 'success' })),
      jobs: () => Promise.resolve([job()]),
    };
    const wish = { environment: 'orin', wait, what: 'v1.4.0 on orin' };
    return followReviewed(world, github, run(), { file: 'deploy_backend.yml', text: '' }, wish).then(
      () => 'over',
      (error: unknown) => {
        assert.ok(error instanceof HdError);
        return [error.exit, error.message, error.facts[0]?.text];
      },
    );
  };
  const late = 'deploy_backend.yml #218 was not begun within 2m (--github-wait)';
  const long = 'deploy_backend.yml #218 still runs after 30m (--run-timeout)';

  it('is left after --github-wait with --no-wait: exit 9', async () => {
    assert.deepEqual(await follow(false), [Exit.inconclusive, late, URL]);
    assert.deepEqual(await follow(true), [Exit.inconclusive, long, URL]);
    assert.deepEqual(await follow(false, 5), [Exit.inconclusive, long, URL], 'a job of it runs');
  });
});

describe('a rejection on GitHub', () => {
  const reviews = [
    { by: 'login-b', state: 'approved' as const, comment: 'Fine.', environments: ['staging'] },
    { by: 'login-c', state: 'rejected' as const, comment: 'Suite was red.', environments: ['orin'] },
  ];
  const at = '2026-11-19T15:00:00.000Z';
  const approval = {
    ...{ by: 'login-c', role: 'reviewer', meaning: 'approval', comment: 'Suite was red.', at, url: URL },
  };

  it('is what the ledger gets of it, once', () => {
    const note = rejectionOf(errand, ended({ reviews }), Date.parse(at), []);
    assert.deepEqual(note, [
      {
        ...{ kind: 'refused', verb: 'deploy', hosts: [], plan: PLAN, release: NEW, approval },
        reason: 'login-c (reviewer) rejected v1.4.0',
      },
    ]);
    assert.deepEqual(
      rejectionOf(errand, ended({ reviews }), Date.parse(at) + 5000, ledger(note.map(entry))),
      [],
    );
    assert.deepEqual(rejectionOf(errand, ended({ reviews: [] }), Date.parse(at), []), []);
  });

  it('has the whole plan, if the ledger knows it, where another took the run up', () => {
    const { release: _, ...rest } = errand;
    const taken = { ...rest, plan: PLAN.slice(0, 12) };
    const told = (lines: readonly Partial<LedgerEntry>[]) =>
      rejectionOf(taken, ended({ reviews }), Date.parse(at), ledger(lines.map(entry)))[0];
    assert.equal(told([{ kind: 'requested', plan: PLAN }])?.plan, PLAN);
    assert.equal(told([])?.plan, PLAN.slice(0, 12));
    assert.equal(told([])?.reason, 'login-c (reviewer) rejected plan 7c1e09ab42d8');
  });

  it('changes no outcome if it can not be written', async () => {
    const reporter = new Recorder();
    const actor = () => Promise.reject(new UnreachableError('github', 'GitHub does not answer'));
    const sight = { seen: [host(OLD, [{ kind: 'finished' }])], unseen: [] };
    await recordRejection(fakeWorld({ reporter, actor }), errand, ended({ reviews }), sight);
    assert.deepEqual(reporter.events, [
      {
        ...{ type: 'note', mark: 'warn' },
        text: 'the rejection is not in the ledger: GitHub does not answer',
      },
    ]);
  });
});

describe('a run that waits for a review', () => {
  /** Waits until somebody has said yes, or for three looks. */
  const follow = async (viewer: string, typed: string) => {
    const questions: string[] = [];
    const reviews: unknown[] = [];
    let looks = 0;
    const reporter = new Recorder();
    const world = fakeWorld({
      reporter,
      redact: (text) => text.replace('hunter2', '[redacted]'),
      prompt: {
        ...fakeWorld().prompt,
        interactive: true,
        text: (question) => {
          questions.push(question);
          return Promise.resolve(typed);
        },
      },
    });
    const status = () => (reviews.length > 0 || ++looks > 3 ? 'completed' : 'waiting');
    const waits = { id: 7, environment: 'production', mayApprove: true, reviewers: ['login-a', 'login-b'] };
    await followReviewed(
      world,
      {
        run: () => Promise.resolve(run({ status: status(), conclusion: 'success' })),
        jobs: () => Promise.resolve([]),
        jobLog: () => Promise.resolve([]),
        viewer: () => Promise.resolve(viewer),
        pendingDeployments: () => Promise.resolve([waits]),
        review: (id, review) => Promise.resolve(void reviews.push([id, review])),
        reviews: () => Promise.resolve([]),
      },
      run(),
      { file: 'deploy_backend.yml', text: '' },
      { environment: 'prod', wait: true, what: 'v1.4.0 on prod' },
    );
    const notes = reporter.events.flatMap((event) => (event.type === 'note' ? event.text : []));
    return { questions, reviews, notes };
  };

  it('is approved in place by who may, with a comment from which secrets are taken out', async () => {
    const { questions, reviews } = await follow('login-b', 'Fine, hunter2.');
    assert.deepEqual(questions, ['Approve v1.4.0 on prod, with a comment (empty: wait)']);
    const said = { environments: [7], state: 'approved', comment: 'Fine, [redacted].' };
    assert.deepEqual(reviews, [[11873420118, said]]);
  });

  it('is asked about once, and waits on after an empty line', async () => {
    const { questions, reviews } = await follow('login-b', '');
    assert.deepEqual([questions.length, reviews], [1, []]);
  });

  it('is never offered to who started it, also where GitHub lets them', async () => {
    const { questions, notes } = await follow('login-a', 'Mine.');
    assert.deepEqual(questions, []);
    assert.match(
      notes[0] ?? '',
      /^run #218 waits: production: asked of login-a or login-b, since .*; hd approve prod --comment WHY$/,
    );
  });
});

describe('a run that shows a request', () => {
  it('is followed only if its commit is on the release branch: a title can be forged', async () => {
    const ours = async (status: 'ahead' | 'behind' | 'identical' | 'diverged') => {
      const github = {
        compare: (base: string, head: string) => {
          assert.deepEqual([base, head], ['main', '8c3f']);
          return Promise.resolve({ status, aheadBy: 0, behindBy: 0 });
        },
      };
      return isOfRelease(fakeWorld(), github, run({ commit: '8c3f' }));
    };
    assert.deepEqual(await Promise.all((['identical', 'behind', 'ahead', 'diverged'] as const).map(ours)), [
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('the report of a job', () => {
  const read = (rest: object) => readReport(JSON.stringify({ schemaVersion: 1, ...rest }));

  it('is what --json says', () => {
    const downtime = { ms: 300, probes: 152, probesFailed: 3, limitMs: 10_000 };
    assert.deepEqual(read({ outcome: 'confirmed', exit: 0, deployment: 'd48', downtime }), {
      ...{ outcome: 'confirmed', exit: 0, deployment: 'd48' },
      downtime: { ms: 300, probes: 152, failed: 3 },
    });
    const error = { code: 'locked', exit: 8, message: 'login-b holds the lock', hint: 'hd status' };
    assert.deepEqual(read({ error })?.error, { code: 'locked', exit: 8, message: 'login-b holds the lock' });
  });

  it('is nothing that is of another form', () => {
    for (const text of ['', '{}', '[]', 'null', '{"schemaVersion":2}', '<html>'])
      assert.equal(readReport(text), undefined, text);
    assert.equal(read({ error: { code: 'x', exit: 42, message: 'x' } }), undefined);
    assert.deepEqual(read({ deployment: '../d1', downtime: 'long' }), {});
    assert.equal(
      read({ error: { code: 'x', exit: 3, message: 'x'.repeat(9999) } })?.error?.message.length,
      400,
    );
  });
});

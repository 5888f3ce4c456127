import assert from 'node:assert/strict';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Octokit } from '@octokit/rest';
import { OWNER, REPOSITORY, startBench, TOKEN, type Bench } from '../../../support/github.ts';
import { makeFifos } from './fifo.ts';
import { Driver } from './octokit.ts';

const mine = { owner: OWNER, repo: REPOSITORY };

describe('the lab’s Actions runner', function () {
  this.timeout(30_000);
  let bench: Bench;
  let driver: Driver;
  let github: Octokit['rest'];
  /** Where steps and tests meet: fifos and files. */
  let meeting: string;

  before(async () => {
    meeting = await mkdtemp(join(tmpdir(), 'hd-meeting-'));
    bench = await startBench({ env: { MEETING: meeting } });
    driver = new Driver(bench);
    github = driver.connect(TOKEN).rest;
  });
  after(async () => {
    await bench.stop();
    await rm(meeting, { recursive: true, force: true });
  });

  /** Pushes one workflow to a branch of its own, and gives the run that this started. */
  const start = async (branch: string, jobs: string, on = 'push'): Promise<number> => {
    const text = `name: ${branch}\non: ${on}\n${jobs}`;
    const sha = await bench.commit({ '.github/workflows/ci.yml': text }, branch, branch);
    const { data } = await github.actions.listWorkflowRunsForRepo({ ...mine, head_sha: sha });
    return data.workflow_runs[0]?.id ?? 0;
  };
  const jobsOf = async (run_id: number) =>
    (await github.actions.listJobsForWorkflowRun({ ...mine, run_id })).data.jobs;
  const stepsOf = async (run: number): Promise<unknown> =>
    (await jobsOf(run)).map((job) => [
      ...[job.name, job.conclusion],
      job.steps?.slice(1, -1).map((step) => `${step.name}: ${step.conclusion ?? step.status}`),
    ]);
  const logOf = async (run: number, job = 0): Promise<string> => {
    const job_id = (await jobsOf(run))[job]?.id ?? 0;
    return String((await github.actions.downloadJobLogsForWorkflowRun({ ...mine, job_id })).data);
  };
  /** A fifo: a step and the test wait for each other there. */
  const fifo = async (name: string): Promise<string> => {
    const path = join(meeting, name);
    await makeFifos(path);
    return path;
  };

  it('gives steps their environment, at three levels, and what earlier steps wrote', async () => {
    const run = await start(
      'environment',
      `env: {A: workflow, B: workflow, C: workflow}
jobs:
  one:
    runs-on: ubuntu-latest
    env: {B: job, C: job}
    steps:
      - uses: actions/checkout@v4
      - run: |
          mkdir -p sub bin
          printf '#!/bin/sh\\necho own program\\n' > bin/own && chmod +x bin/own
          echo "$PWD/bin" >> "$GITHUB_PATH"
          echo "D=written" >> "$GITHUB_ENV"
          printf 'text<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
        id: write
      - env: {C: step}
        working-directory: sub
        run: |
          echo "seen: $A $B $C $D \${{ env.D }} $(basename $PWD)"
          own
          echo "\${{ steps.write.outputs.text }}"
          echo "$GITHUB_REF_NAME $GITHUB_REF $GITHUB_REPOSITORY $CI $(test "$(git rev-parse HEAD)" = $GITHUB_SHA && echo same)"
`,
    );
    assert.equal(await driver.ended(run), 'success');
    const log = await logOf(run);
    assert.match(log, /Z seen: workflow job step written written sub\n/);
    assert.match(log, /Z own program\n/);
    assert.match(log, /Z one\n.*Z two\n/);
    assert.match(log, /Z environment refs\/heads\/environment acme\/healthdelta true same\n/);
  });

  it('stops a job at its first failure, but for what asks to run', async () => {
    const run = await start(
      'failing',
      `jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - {name: optional, continue-on-error: true, run: exit 9}
      - {name: breaks, run: 'false | true'}
      - {name: skipped, run: echo no}
      - {name: on failure, if: failure(), run: echo yes}
      - {name: always, if: '\${{ always() }}', run: echo yes}
      - {name: on success, if: success(), run: echo no}
  two: {needs: one, runs-on: ubuntu-latest, steps: [{run: echo no}]}
  three: {needs: two, if: failure(), runs-on: ubuntu-latest, steps: [{name: report, run: echo yes}]}
`,
    );
    assert.equal(await driver.ended(run), 'failure');
    assert.deepEqual(await stepsOf(run), [
      [
        ...['one', 'failure'],
        [
          ...['optional: success', 'breaks: failure', 'skipped: skipped'],
          ...['on failure: success', 'always: success', 'on success: skipped'],
        ],
      ],
      ['two', 'skipped', []],
      ['three', 'success', ['report: success']],
    ]);
    assert.match(await logOf(run), /##\[error\]Process completed with exit code 1\.\n/);
  });

  it('fails a step that it can’t run, and says so', async () => {
    const run = await start(
      'unable',
      `jobs:
  action: {runs-on: ubuntu-latest, steps: [{uses: docker/build-push-action@v6}]}
  expression: {runs-on: ubuntu-latest, steps: [{run: 'echo \${{ hashFiles(1) }}'}]}
  context: {runs-on: ubuntu-latest, steps: [{run: 'echo \${{ matrix.os }}'}]}
  option: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4, with: {ref: --orphan=x}}]}
  input: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4, with: {repository: acme/other}}]}
  other: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4, with: {ref: environment}}, {run: git log --format=%s}]}
`,
    );
    assert.equal(await driver.ended(run), 'failure');
    assert.match(await logOf(run, 0), /##\[error\]the lab's runner can't run docker\/build-push-action@v6/);
    assert.match(await logOf(run, 1), /##\[error\]can't evaluate "hashFiles\(1\)"/);
    assert.match(await logOf(run, 2), /##\[error\]can't evaluate "matrix\.os"/);
    assert.match(await logOf(run, 3), /##\[error\]there is no ref "--orphan=x" to check out/);
    assert.match(await logOf(run, 4), /##\[error\]the lab's checkout has no "repository"/);
    assert.match(await logOf(run, 5), /Z environment\n/);
  });

  it('makes a run that fails of a workflow that it can’t read', async () => {
    const run = await start('unreadable', 'jobs: {one: {needs: none, runs-on: x, steps: [{run: a}]}}\n');
    assert.equal(await driver.ended(run), 'failure');
    assert.deepEqual(await jobsOf(run), []);
  });

  it('runs what needs nothing at the same time, the rest in the order of needs', async () => {
    await Promise.all([fifo('left'), fifo('right')]);
    const run = await start(
      'parallel',
      `jobs:
  last: {needs: [left, right], runs-on: ubuntu-latest, steps: [{run: 'cat "$MEETING/words"'}]}
  left: {runs-on: ubuntu-latest, steps: [{run: 'echo to-right > "$MEETING/right"; cat "$MEETING/left"'}]}
  right:
    runs-on: ubuntu-latest
    steps: [{run: 'cat "$MEETING/right" | tee "$MEETING/words"; echo to-left > "$MEETING/left"'}]
`,
    );
    assert.equal(await driver.ended(run), 'success');
    assert.match(await logOf(run, 0), /Z to-right\n/);
  });

  it('shows a running step, keeps its log until the job has ended, and cancels its whole process group', async () => {
    const [begun, held] = await Promise.all([fifo('begun'), fifo('held')]);
    const run = await start(
      'cancelled',
      `jobs:
  long:
    runs-on: ubuntu-latest
    steps:
      - {name: lasts, run: 'sleep 1000 > "$MEETING/held" & echo begun; echo > "$MEETING/begun"; wait'}
      - {name: after, if: always(), run: 'touch "$MEETING/after"'}
`,
    );
    // ends when nobody holds the other side any more: when the step's child is dead
    const childDied = readFile(held);
    await readFile(begun);
    const [job] = await jobsOf(run);
    const job_id = job?.id ?? 0;
    assert.deepEqual([job?.status, job?.steps?.[1]?.status], ['in_progress', 'in_progress']);
    await assert.rejects(github.actions.downloadJobLogsForWorkflowRun({ ...mine, job_id }), { status: 404 });
    const live = await (await fetch(`${bench.github.url}/_lab/jobs/${job_id}/log`)).text();
    assert.match(live, /Z begun\n/);
    await github.actions.cancelWorkflowRun({ ...mine, run_id: run });
    assert.equal(await driver.ended(run), 'cancelled');
    await childDied;
    assert.deepEqual(await stepsOf(run), [['long', 'cancelled', ['lasts: cancelled', 'after: cancelled']]]);
    await assert.rejects(access(join(meeting, 'after')));
  });

  it('stops a step that takes longer than it may', async () => {
    const run = await start(
      'timeout',
      `jobs: {one: {runs-on: ubuntu-latest, steps: [{timeout-minutes: 0.003, run: sleep 1000}]}}\n`,
    );
    assert.equal(await driver.ended(run), 'failure');
    assert.match(await logOf(run), /##\[error\]The action has timed out\./);
  });

  it('runs failed jobs again, keeps what succeeded, and remembers the first attempt', async () => {
    await writeFile(join(meeting, 'broken'), '');
    const run = await start(
      'again',
      `jobs:
  good: {runs-on: ubuntu-latest, outputs: {n: '\${{ steps.a.outputs.n }}'}, steps: [{id: a, run: 'echo n=$RANDOM | tee -a "$GITHUB_OUTPUT"'}]}
  bad: {needs: good, runs-on: ubuntu-latest, steps: [{run: 'test ! -e "$MEETING/broken"; echo "n=\${{ needs.good.outputs.n }}"'}]}
  next: {needs: bad, runs-on: ubuntu-latest, steps: [{run: echo done}]}
`,
    );
    assert.equal(await driver.ended(run), 'failure');
    await rm(join(meeting, 'broken'));
    await github.actions.reRunWorkflowFailedJobs({ ...mine, run_id: run });
    assert.equal(await driver.ended(run), 'success');
    const conclusions = async (attempt_number: number): Promise<unknown> => {
      const one = { ...mine, run_id: run, attempt_number };
      const { data: attempt } = await github.actions.getWorkflowRunAttempt(one);
      const { data: jobs } = await github.actions.listJobsForWorkflowRunAttempt(one);
      return [attempt.conclusion, ...jobs.jobs.map((job) => job.conclusion)];
    };
    assert.deepEqual(await conclusions(1), ['failure', 'success', 'failure', 'skipped']);
    assert.deepEqual(await conclusions(2), ['success', 'success', 'success', 'success']);
    const [kept = ''] = /n=\d+/.exec(await logOf(run, 0)) ?? [];
    assert.ok((await logOf(run, 1)).includes(`Z ${kept}\n`));
    const all = await github.actions.listJobsForWorkflowRun({ ...mine, run_id: run, filter: 'all' });
    assert.equal(all.data.total_count, 6);
  });

  it('starts nothing by what a job’s own token does', async () => {
    const on = '{push: {branches: [quiet], tags: [made-by-a-job]}}';
    const run = await start(
      'quiet',
      `permissions: {contents: write}
env: {GITHUB_TOKEN: '\${{ github.token }}'}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -sSf -X POST -H "Authorization: Bearer $GITHUB_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/git/refs" \\
            -d "{\\"ref\\":\\"refs/tags/made-by-a-job\\",\\"sha\\":\\"$GITHUB_SHA\\"}"
`,
      on,
    );
    assert.equal(await driver.ended(run), 'success', await logOf(run));
    const { data: ref } = await github.git.getRef({ ...mine, ref: 'tags/made-by-a-job' });
    const list = { ...mine, head_sha: ref.object.sha };
    assert.equal((await github.actions.listWorkflowRunsForRepo(list)).data.total_count, 1);
  });

  it('lets a job’s token do only what the workflow permits, and nothing once the job has ended', async () => {
    const run = await start(
      'weak',
      `jobs:
  one:
    runs-on: ubuntu-latest
    env: {GITHUB_TOKEN: '\${{ secrets.GITHUB_TOKEN }}'}
    steps:
      - run: |
          echo "$GITHUB_TOKEN" > "$MEETING/token"
          curl -sS -o /dev/null -w 'answer %{http_code}\\n' -X POST -H "Authorization: Bearer $GITHUB_TOKEN" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases" -d '{"tag_name":"v9.9.9"}'
`,
    );
    assert.equal(await driver.ended(run), 'success');
    assert.match(await logOf(run), /Z answer 403\n/);
    const token = (await readFile(join(meeting, 'token'), 'utf8')).trim();
    await assert.rejects(driver.connect(token).rest.repos.get(mine), { status: 401 });
  });

  it('kept to GitHub’s description all the time', async () => assert.deepEqual(await bench.violations(), []));
});

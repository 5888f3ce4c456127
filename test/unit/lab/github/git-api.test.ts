import assert from 'node:assert/strict';
import type { Octokit } from '@octokit/rest';
import { branches } from '../../../../src/lib/lab/github/branches.ts';
import { checks } from '../../../../src/lib/lab/github/checks.ts';
import { commits } from '../../../../src/lib/lab/github/commits.ts';
import { files } from '../../../../src/lib/lab/github/contents.ts';
import { pulls } from '../../../../src/lib/lab/github/pulls.ts';
import { refs } from '../../../../src/lib/lab/github/refs.ts';
import { repository } from '../../../../src/lib/lab/github/repository.ts';
import { statuses } from '../../../../src/lib/lab/github/statuses.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, type Bench } from '../../../support/github.ts';
import { Driver } from './octokit.ts';

const mine = { owner: OWNER, repo: REPOSITORY };

describe('the emulated GitHub: what is in git', function () {
  this.timeout(30_000);
  let bench: Bench;
  let driver: Driver;
  let github: Octokit['rest'];
  let first: string;
  let head: string;

  before(async () => {
    bench = await startBench();
    driver = new Driver(bench);
    github = driver.connect(TOKEN).rest;
    first = await bench.commit({ 'name.txt': 'world\n', 'docs/a file.md': 'text\n' }, 'First words\n\nMore.');
    head = await bench.commit({ 'name.txt': 'moon\n', 'docs/more.md': 'one\ntwo\n' }, 'Add more');
  });
  after(() => bench.stop());

  it('knows the user, the repository and its branches', async () => {
    assert.equal((await github.users.getAuthenticated()).data.login, 'login-a');
    const { data: repository } = await github.repos.get(mine);
    assert.deepEqual([repository.full_name, repository.default_branch], ['acme/healthdelta', 'main']);
    assert.equal((await github.repos.getBranch({ ...mine, branch: 'main' })).data.commit.sha, head);
    await assert.rejects(github.repos.getBranch({ ...mine, branch: 'none' }), { status: 404 });
    await assert.rejects(github.repos.get({ owner: OWNER, repo: 'other' }), { status: 404 });
  });

  it('makes annotated tags and refs in the real repository', async () => {
    const tag = { tag: 'build-1', message: 'One\n\nand more', object: head, type: 'commit' } as const;
    const { data: made } = await github.git.createTag({ ...mine, ...tag });
    assert.deepEqual([made.tag, made.object.sha, made.tagger.name], ['build-1', head, 'login-a']);
    assert.deepEqual((await github.git.getTag({ ...mine, tag_sha: made.sha })).data, made);
    await github.git.createRef({ ...mine, ref: 'refs/tags/build-1', sha: made.sha });
    const { data: ref } = await github.git.getRef({ ...mine, ref: 'tags/build-1' });
    assert.deepEqual([ref.object.type, ref.object.sha], ['tag', made.sha]);
    await bench.git('fetch', '--quiet', '--tags');
    assert.equal(
      await bench.git('tag', '--list', '--format=%(contents:subject) %(*objectname)'),
      `One ${head}`,
    );
    const again = github.git.createRef({ ...mine, ref: 'refs/tags/build-1', sha: head });
    await assert.rejects(again, { status: 422, message: /Reference already exists/ });
    const { data: tags } = await github.repos.listTags(mine);
    assert.deepEqual(
      tags.map(({ name, commit }) => [name, commit.sha]),
      [['build-1', head]],
    );
    await assert.rejects(github.git.getTag({ ...mine, tag_sha: head }), { status: 404 });
  });

  it('gives one of two that make the same ref at once the refusal', async () => {
    const make = () => github.git.createRef({ ...mine, ref: 'refs/tags/race', sha: head });
    const ends = await Promise.allSettled([make(), make(), make()]);
    assert.deepEqual(ends.map((end) => end.status).sort(), ['fulfilled', 'rejected', 'rejected']);
    for (const end of ends) if (end.status === 'rejected') assert.match(String(end.reason), /already exists/);
    await github.git.deleteRef({ ...mine, ref: 'tags/race' });
    await assert.rejects(github.git.getRef({ ...mine, ref: 'tags/race' }), { status: 404 });
  });

  it('moves a branch forward, and back only by force', async () => {
    const branch = { ...mine, ref: 'heads/feature/one' };
    await github.git.createRef({ ...mine, ref: 'refs/heads/feature/one', sha: first });
    assert.equal((await github.git.updateRef({ ...branch, sha: head })).data.object.sha, head);
    await assert.rejects(github.git.updateRef({ ...branch, sha: first }), {
      status: 422,
      message: /fast forward/,
    });
    await github.git.updateRef({ ...branch, sha: first, force: true });
    const { data: found } = await github.git.listMatchingRefs({ ...mine, ref: 'heads/feature' });
    assert.deepEqual(
      found.map(({ ref, object }) => [ref, object.sha]),
      [['refs/heads/feature/one', first]],
    );
    await assert.rejects(github.git.deleteRef({ ...mine, ref: 'heads/main' }), { status: 422 });
  });

  it('refuses refs that git would not take, and shas that are not there', async () => {
    for (const ref of ['refs/heads/a..b', 'refs/tags/-x y', 'refs/tags/v1.4.0; rm -rf /', 'main'])
      await assert.rejects(github.git.createRef({ ...mine, ref, sha: head }), { status: 422 }, ref);
    const absent = { ...mine, ref: 'refs/heads/x', sha: '0'.repeat(40) };
    await assert.rejects(github.git.createRef(absent), { status: 422 });
    for (const ref of ['main~1', '--all', 'HEAD^', '$(id)', 'main@{1}', ':/Add'])
      await assert.rejects(github.repos.getCommit({ ...mine, ref }), { status: 422 }, ref);
  });

  it('reads commits, trees and what changed', async () => {
    const { data: list } = await github.repos.listCommits({ ...mine, per_page: 2 });
    assert.deepEqual(
      list.map(({ sha }) => sha),
      [head, first],
    );
    const { data: commit } = await github.repos.getCommit({ ...mine, ref: head.slice(0, 8) });
    assert.deepEqual(
      commit.files?.map(({ filename, status, additions }) => [filename, status, additions]),
      [
        ['docs/more.md', 'added', 2],
        ['name.txt', 'modified', 1],
      ],
    );
    const { data: plain } = await github.git.getCommit({ ...mine, commit_sha: first });
    assert.equal(plain.message, 'First words\n\nMore.');
    const { data: tree } = await github.git.getTree({ ...mine, tree_sha: head, recursive: 'true' });
    const blobs = tree.tree.filter(({ type }) => type === 'blob').map(({ path }) => path);
    assert.deepEqual(blobs, ['docs/a file.md', 'docs/more.md', 'name.txt']);
  });

  it('compares', async () => {
    const compare = async (basehead: string): Promise<unknown> => {
      const { data } = await github.repos.compareCommitsWithBasehead({ ...mine, basehead });
      return [data.status, data.ahead_by, data.behind_by, data.commits.length, data.files?.length];
    };
    assert.deepEqual(await compare(`${first}...main`), ['ahead', 1, 0, 1, 2]);
    assert.deepEqual(await compare(`main...feature/one`), ['behind', 0, 1, 0, 0]);
    assert.deepEqual(await compare(`main...${head}`), ['identical', 0, 0, 0, 0]);
    await bench.git('checkout', '--quiet', '-B', 'side', first);
    await bench.commit({ 'side.txt': 'x' }, 'Go aside', 'side');
    assert.deepEqual(await compare('main...side'), ['diverged', 1, 1, 1, 1]);
    const { data: since } = await github.repos.compareCommitsWithBasehead({
      ...mine,
      basehead: 'main...side',
    });
    const [aside] = since.commits;
    assert.deepEqual([aside?.commit.message, aside?.author?.login], ['Go aside', 'login-a']);
    await assert.rejects(compare('main...none'), { status: 404 });
    await bench.git('checkout', '--quiet', 'main');
  });

  it('knows what a branch requires, and the pull requests that a commit came by', async () => {
    const rules = { protection: ['test'], rules: ['lint', 'build'] };
    await bench.lab('PUT', 'branches/feature/one', rules);
    const branch = { ...mine, branch: 'feature/one' };
    const { data } = await github.repos.getBranch(branch);
    assert.deepEqual([data.protected, data.protection.required_status_checks?.contexts], [true, ['test']]);
    const required = (await github.repos.getBranchRules(branch)).data.flatMap((rule) =>
      rule.type === 'required_status_checks' ? rule.parameters?.required_status_checks : [],
    );
    assert.deepEqual(required, [{ context: 'lint' }, { context: 'build' }]);
    await bench.lab('DELETE', 'branches/feature/one');
    assert.equal((await github.repos.getBranch(branch)).data.protected, false);
    assert.deepEqual((await github.repos.getBranchRules(branch)).data, []);
    const pull = { title: 'Add a name', author: 'login-b', mergeCommit: 'main', commits: [first] };
    const { number } = (await bench.lab('POST', 'pulls', pull)) as { number: number };
    for (const commit_sha of [head, first]) {
      const found = await github.repos.listPullRequestsAssociatedWithCommit({ ...mine, commit_sha });
      assert.deepEqual(
        found.data.map((each) => [each.number, each.title, each.user?.login, each.merge_commit_sha]),
        [[number, 'Add a name', 'login-b', head]],
      );
    }
    // GitHub keeps it among the issues
    const [issue] = (await github.issues.listForRepo({ ...mine, state: 'closed' })).data;
    assert.deepEqual(
      [issue?.number, issue?.pull_request?.html_url],
      [number, `${bench.github.url}/acme/healthdelta/pull/${number}`],
    );
  });

  it('reads files of a commit, as JSON and raw, and folders', async () => {
    const file = { ...mine, path: 'name.txt', ref: first };
    const { data: json } = await github.repos.getContent(file);
    assert.ok(!Array.isArray(json) && json.type === 'file');
    assert.equal(Buffer.from(json.content, 'base64').toString(), 'world\n');
    const raw = await github.repos.getContent({ ...file, mediaType: { format: 'raw' } });
    assert.equal(raw.data, 'world\n');
    for (const [path, names] of [
      ['', ['docs', 'name.txt']],
      ['docs', ['a file.md']],
    ] as const) {
      const { data: folder } = await github.repos.getContent({ ...mine, path, ref: first });
      assert.ok(Array.isArray(folder));
      assert.deepEqual(
        folder.map(({ name }) => name),
        names,
      );
    }
    await github.repos.getContent({ ...mine, path: 'docs/a file.md' });
    await assert.rejects(github.repos.getContent({ ...mine, path: 'none' }), { status: 404 });
  });

  it('knows checks and statuses by their newest answer', async () => {
    const { data: none } = await github.repos.getCombinedStatusForRef({ ...mine, ref: first });
    assert.deepEqual([none.state, none.total_count], ['pending', 0]);
    const status = { ...mine, sha: first, context: 'ci/other' };
    await github.repos.createCommitStatus({ ...status, state: 'failure' });
    await github.repos.createCommitStatus({ ...status, state: 'success', description: 'fine' });
    const { data: combined } = await github.repos.getCombinedStatusForRef({ ...mine, ref: first });
    assert.deepEqual([combined.state, combined.total_count], ['success', 1]);
    await bench.check({ sha: first, name: 'lint', status: 'in_progress' });
    await bench.check({ sha: first, name: 'lint', conclusion: 'failure' });
    const { data: newest } = await github.checks.listForRef({ ...mine, ref: first });
    assert.deepEqual(
      newest.check_runs.map(({ name, conclusion }) => [name, conclusion]),
      [['lint', 'failure']],
    );
    assert.equal(
      (await github.checks.listForRef({ ...mine, ref: first, filter: 'all' })).data.total_count,
      2,
    );
    assert.equal((await github.checks.listSuitesForRef({ ...mine, ref: first })).data.total_count, 2);
  });

  it('was driven through every operation of these tables, and kept to its description', async () => {
    const left = await driver.undriven(repository, branches, pulls, refs, commits, files, checks, statuses);
    // they need a job that ran: test/contract/github-emulator-runs.test.ts
    assert.deepEqual(left, ['checks/get', 'checks/list-annotations']);
    assert.deepEqual(await bench.violations(), []);
  });
});

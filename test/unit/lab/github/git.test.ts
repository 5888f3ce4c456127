import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Git } from '../../../../src/lib/lab/github/git.ts';

describe('a repository of the emulator', () => {
  let folder: string;
  let git: Git;
  let head: string;

  const lines = async (...argv: string[]): Promise<string[]> => (await git.text(argv)).split('\n');
  const printed = (...argv: string[]): Promise<string[]> =>
    lines('for-each-ref', '--format=%(refname) %(objectname)', ...argv);
  const asPrinted = async (...below: string[]): Promise<string[]> =>
    [...(await git.refs(...below))].map((ref) => ref.join(' '));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hd-git-'));
    git = new Git(join(folder, 'repo.git'));
    await git.ensure('main');
    const tree = await git.makeTree([
      { path: 'a b/ü\tx', mode: '100755', content: 'one\ntwo' },
      { path: 'a b/c/deep', mode: '100644', content: '' },
      { path: 'link', mode: '120000', content: 'a b' },
    ]);
    const person = { name: 'Ä <b>', email: 'a@lab.invalid', date: '2026-02-03T04:05:06Z' };
    const [base] = await lines('rev-parse', 'refs/heads/main');
    head = await git.makeCommit({
      ...{ tree, parents: [base ?? ''], author: person, committer: person },
      message: 'Title\n\nBody: ü\n',
    });
    await git.setRef('refs/heads/main', head, base);
  });
  afterEach(async () => {
    git.close();
    await rm(folder, { recursive: true });
  });

  it('has the refs that git lists, packed or loose, moved or gone', async () => {
    const [base = ''] = await lines('rev-parse', 'main^');
    for (const name of ['tags/v1', 'tags/a/b/c', 'heads/x', 'pull/1/head', 'tags/v1-rc'])
      await git.setRef(`refs/${name}`, head);
    assert.deepEqual(await asPrinted('refs'), await printed());
    await git.text(['pack-refs', '--all']);
    assert.deepEqual(await asPrinted('refs'), await printed());
    await git.setRef('refs/heads/x', base, head);
    await git.deleteRef('refs/tags/a/b/c', head);
    await git.setRef('refs/tags/new', base);
    assert.deepEqual(await asPrinted('refs'), await printed());
    assert.deepEqual(await asPrinted(), await printed('refs/heads', 'refs/tags'));
    assert.equal(await git.ref('refs/heads/x'), base);
    assert.equal(await git.ref('refs/tags/a/b/c'), undefined);
    for (const none of [
      'heads/x',
      'refs/heads/main^{tree}',
      'refs/heads/main~0',
      `refs/tags/v9-1-g${head.slice(0, 8)}`,
    ])
      assert.equal(await git.ref(none), undefined, none);
  });

  it('has the commits that git logs', async () => {
    assert.deepEqual(await git.commit(head), (await git.log([head, '--']))[0]);
    const [base = ''] = await lines('rev-parse', 'main^');
    assert.deepEqual(await git.commit(base), (await git.log([base, '--']))[0]);
    assert.equal(await git.commit('0'.repeat(40)), undefined);
    assert.equal(await git.commit((await git.commit(head))?.tree ?? ''), undefined);
  });

  it('has the trees that git lists, and what stands at a path', async () => {
    const listed = (await git.text(['ls-tree', '-l', '-z', '-r', '-t', head])).split('\0').slice(0, -1);
    const rows = (await git.tree(head, true)).map(({ mode, type, sha, size, path }) => {
      return `${mode} ${type} ${sha} ${String(size ?? '-').padStart(7)}\t${path}`;
    });
    assert.deepEqual(rows, listed);
    for (const row of rows) {
      const path = row.slice(row.indexOf('\t') + 1);
      const found = await git.entry(head, `/${path}/`);
      assert.equal(found?.path, path);
      assert.ok(row.includes(found.sha));
    }
    assert.equal((await git.entry(head, ''))?.sha, (await git.commit(head))?.tree);
    for (const none of ['a b/none', 'link/x', 'a\nb']) assert.equal(await git.entry(head, none), undefined);
    const file = await git.entry(head, 'a b/ü\tx');
    assert.equal((await git.blob(file?.sha ?? '')).toString(), 'one\ntwo');
    await assert.rejects(git.blob(head), /no blob/);
    await assert.rejects(git.tree(file?.sha ?? '', false), /no tree/);
  });

  it('finds a commit by whatever names one, and by nothing else', async () => {
    const tag = { tag: 'v1', object: { sha: head, type: 'commit' }, message: 'One' };
    const tagger = { name: 'a', email: 'a@lab.invalid', date: '2026-02-03T04:05:06Z' };
    const made = await git.makeTag({ ...tag, tagger });
    await git.setRef('refs/tags/v1', made);
    assert.deepEqual(await git.tagObject(made), { ...tag, tagger, sha: made, message: 'One\n' });
    assert.equal(await git.tagObject(head), undefined);
    for (const name of ['main', 'heads/main', 'refs/heads/main', 'v1', 'tags/v1', head, head.slice(0, 8)])
      assert.equal(await git.resolve(name), head, name);
    for (const name of ['none', 'v1^', 'v1\nv1', 'main..main', 'HEAD@{0}', '0'.repeat(40)])
      assert.equal(await git.resolve(name), undefined, name);
    assert.equal(await git.type(made), 'tag');
    assert.equal(await git.type('v1'), undefined);
  });

  it('reads nothing any more once it is closed, and leaves no process', async () => {
    const asked = git.resolve('main');
    git.close();
    assert.equal(await asked, head);
    await assert.rejects(git.resolve('main'), /is closed/);
  });

  it('answers many at once, each its own, and a large one whole', async () => {
    const large = 'x'.repeat(3_000_000);
    const tree = await git.makeTree([{ path: 'large', mode: '100644', content: large }]);
    const [entry] = await git.tree(tree, false);
    assert.equal(entry?.size, large.length);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? git.resolve('main') : git.blob(entry.sha))),
    );
    answers.forEach((answer, i) => assert.equal(String(answer), i % 2 === 0 ? head : large));
  });
});

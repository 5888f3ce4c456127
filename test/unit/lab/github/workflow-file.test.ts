import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseChanges, parseTree } from '../../../../src/lib/lab/github/git-objects.ts';
import { readPairs } from '../../../../src/lib/lab/github/pairs.ts';
import { createdFilter } from '../../../../src/lib/lab/github/runs.ts';
import { allows } from '../../../../src/lib/lab/github/tokens.ts';
import { parseWorkflow, startsOnPush } from '../../../../src/lib/lab/github/workflow-file.ts';

const JOBS = '\njobs: {one: {runs-on: x, steps: [{run: a}]}}';
const file = (on: string) => parseWorkflow('.github/workflows/a.yml', `on: ${on}${JOBS}`);
const problem = (text: string): string => {
  const { workflow } = parseWorkflow('a.yml', text);
  return 'error' in workflow ? workflow.error : '';
};

describe('a workflow file', () => {
  it('starts on the pushes that it asks for', () => {
    const cases: [on: string, ref: string, starts: boolean][] = [
      ['push', 'refs/heads/main', true],
      ['[push, pull_request]', 'refs/tags/v1', true],
      ['pull_request', 'refs/heads/main', false],
      ['{push: }', 'refs/tags/v1', true],
      ["{push: {tags: ['v*']}}", 'refs/tags/v1.4.0', true],
      ["{push: {tags: ['v*']}}", 'refs/heads/v1', false],
      ["{push: {tags: ['v*']}}", 'refs/tags/v1/x', false],
      ["{push: {tags: ['v**']}}", 'refs/tags/v1/x', true],
      ["{push: {tags: ['v[0-9]+.[0-9]+.[0-9]+']}}", 'refs/tags/v10.4.0', true],
      ["{push: {tags: ['v[0-9]+.[0-9]+.[0-9]+']}}", 'refs/tags/v10.4.0-rc.1', false],
      ["{push: {tags: ['v*', '!v*-rc*']}}", 'refs/tags/v1-rc.1', false],
      ['{push: {tags-ignore: [x]}}', 'refs/tags/y', true],
      ['{push: {branches: [main]}}', 'refs/heads/main', true],
      ['{push: {branches: [main]}}', 'refs/tags/main', false],
      ['{push: {branches: [a.b]}}', 'refs/heads/axb', false],
    ];
    for (const [on, ref, starts] of cases) assert.equal(startsOnPush(file(on), ref), starts, `${on} ${ref}`);
  });

  it('is not run by halves: what the lab can’t do is an error', () => {
    assert.equal(problem(`on: push${JOBS}`), '');
    assert.match(problem('on: push\njobs: {a: {runs-on: x, strategy: {}, steps: [{run: a}]}}'), /strategy/);
    assert.match(problem('on: {push: {paths: [a]}}\njobs: {}'), /paths/);
    assert.match(problem('on: push\njobs: {a: {runs-on: x, needs: b, steps: [{run: a}]}}'), /no job "b"/);
    assert.match(problem('on: push\njobs: {a: {runs-on: x, needs: a, steps: [{run: a}]}}'), /needs itself/);
    assert.match(problem('a: [b'), /./);
    // it would have started, so its run shall fail; without a readable `on` every push makes one
    assert.equal(startsOnPush(parseWorkflow('a', 'on: pull_request\njobs: 1'), 'refs/heads/main'), false);
    assert.equal(startsOnPush(parseWorkflow('a', 'a: [b'), 'refs/heads/main'), true);
  });
});

describe('what steps write for the runner', () => {
  it('is name=value, or a block', () => {
    assert.deepEqual(readPairs('a=1=2\nb<<END\nx\n\ny=1\nEND\nc=\n'), { a: '1=2', b: 'x\n\ny=1', c: '' });
    assert.throws(() => readPairs('b<<END\nx\n'), /END does not end/);
    assert.throws(() => readPairs('words'), /"words" is not name=value/);
  });
});

describe('what git keeps, and prints', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0'));
  const sha = 'a'.repeat(40);

  it('gives back every path of a tree, whatever it holds', () => {
    fc.assert(
      fc.property(name, (path) => {
        const hash = Buffer.from(sha, 'hex');
        const one = Buffer.concat([Buffer.from(`100644 ${path}\0`), hash]);
        const folder = Buffer.concat([Buffer.from('40000 a\0'), hash]);
        assert.deepEqual(parseTree(Buffer.concat([one, folder])), [
          { mode: '100644', type: 'blob', sha, path: Buffer.from(path).toString() },
          { mode: '040000', type: 'tree', sha, path: 'a' },
        ]);
      }),
    );
  });

  it('gives every changed file its numbers; a binary one has none', () => {
    const raw = (letter: string, path: string): string =>
      `:100644 100644 ${sha} ${'b'.repeat(40)} ${letter}\0${path}\0`;
    const found = parseChanges(
      `${raw('M', 'a\tb\nc')}${raw('D', 'gone')}${raw('A', 'bin')}1\t2\ta\tb\nc\0` +
        `0\t3\tgone\0-\t-\tbin\0`,
    );
    assert.deepEqual(
      found.map(({ path, status, additions, deletions, sha: of }) => [
        path,
        status,
        additions,
        deletions,
        of[0],
      ]),
      [
        ['a\tb\nc', 'modified', 1, 2, 'b'],
        ['gone', 'removed', 0, 3, 'a'],
        ['bin', 'added', 0, 0, 'b'],
      ],
    );
  });
});

describe('filters and permissions', () => {
  it('find runs by their date as GitHub’s search does', () => {
    const created = '2026-11-21T08:00:00Z';
    for (const [asked, found] of [
      ['2026-11-21', true],
      ['2026-11-20', false],
      ['>=2026-11-21', true],
      ['>2026-11-21', false],
      ['<2026-11-22', true],
      ['<=2026-11-21', true],
      ['<2026-11-21T08:00:00Z', false],
      ['2026-11-01..2026-11-21', true],
      ['2026-11-01..*', true],
      ['*..2026-11-20', false],
    ] as const)
      assert.equal(createdFilter(asked)(created), found, asked);
  });

  it('let write include read, and nothing else', () => {
    const identity = { login: 'a', permissions: { contents: 'write', actions: 'read' } } as const;
    const cases = {
      'contents=read': true,
      'contents=write': true,
      'actions=write': false,
      'checks=read': false,
    };
    for (const [needs, may] of Object.entries(cases)) assert.equal(allows(identity, needs), may, needs);
    assert.ok(allows({ login: 'a' }, 'checks=write') && allows(identity, 'metadata=read'));
  });
});

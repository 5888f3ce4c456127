import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  githubState,
  headRef,
  isOfRun,
  openUrl,
  publicationText,
  publishedAs,
  readPayload,
  readPublication,
  runPage,
  type PublicationWord,
} from '../../../src/lib/domain/publication.ts';

const head = '0be1c77a4d90'.padEnd(64, '5');
const WORDS: readonly PublicationWord[] = [
  ...(['planned', 'started', 'going-back'] as const),
  ...(['confirmed', 'rolled-back', 'failed', 'inconclusive', 'interrupted'] as const),
];

describe('what is published of the ledger', () => {
  it('is one line that a person can read', () => {
    assert.equal(
      publicationText({ deployment: 'd48', word: 'confirmed', count: 812, head }),
      `d48 confirmed; ledger 812 ${head}`,
    );
  });

  it('is read back as it was written, and fits into GitHub’s 140 characters', () => {
    const natural = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const digits = fc.array(fc.nat(15), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(natural, natural, digits, fc.constantFrom(...WORDS), (number, count, hash, word) => {
        const written = {
          deployment: `d${number}`,
          word,
          count,
          head: hash.map((each) => each.toString(16)).join(''),
        };
        const text = publicationText(written);
        assert.ok(text.length <= 140, text);
        assert.deepEqual(readPublication(text), written);
      }),
    );
  });

  it('is nothing else: not more, not less, not another word', () => {
    const good = `d48 confirmed; ledger 812 ${head}`;
    const bad = ['', ` ${good}`, `${good}0`, `${good}\n`, good.slice(0, -1), good.replace('812', '0812')];
    bad.push(good.replace('confirmed', 'constructor'), good.replace('d48', 'd0'), good.toUpperCase());
    for (const text of bad) assert.equal(readPublication(text), undefined, text);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readPublication(text);
        assert.equal(read === undefined ? text : publicationText(read), text);
      }),
    );
  });

  it('says in GitHub’s words whether it worked, did not, or nobody knows', () => {
    assert.deepEqual(WORDS.map(githubState), [
      ...['queued', 'in_progress', 'in_progress'],
      ...['success', 'failure', 'failure', 'error', 'error'],
    ]);
  });

  it('finds its own payload again, and no other', () => {
    const payload = {
      ...{ hd: 1, environment: 'orin', deployment: 'd48', plan: 'abc', actions: 7 },
      ...{ count: 812, head },
    };
    assert.deepEqual(readPayload({ ...payload, more: true }), payload);
    for (const other of [{}, '', null, [], { ...payload, hd: 2 }, { ...payload, head: 1 }])
      assert.equal(readPayload(other), undefined, JSON.stringify(other));
  });
});

describe('where it is published', () => {
  const repository = { owner: 'acme', name: 'healthdelta' };
  const orin = { name: 'orin', github: { environment: 'Orin on site' } };

  it('is GitHub’s environment, unless there is no repository, or hd.yml does not want it', () => {
    assert.equal(publishedAs({ repository, ledger: { publish: true } }, orin), orin.github);
    assert.equal(publishedAs({ repository, ledger: { publish: false } }, orin), undefined);
    assert.equal(publishedAs({ ledger: { publish: true } }, orin), undefined);
    assert.equal(publishedAs({ repository, ledger: { publish: true } }, {}), undefined);
  });

  it('is a ref of each environment, if hd.yml names one', () => {
    const ledger = { publish: true, gitRef: 'refs/hd/ledger' };
    assert.equal(headRef({ ledger }, orin), 'refs/hd/ledger/orin');
    assert.equal(headRef({ ledger: { publish: true } }, orin), undefined);
  });

  it('links to the environment only if others than the host can follow the link', () => {
    for (const url of ['https://example.org/x', 'http://10.0.0.5:8000', 'http://orin:8000'])
      assert.equal(openUrl(url), url);
    for (const url of ['http://127.0.0.1:8000', 'http://localhost', 'http://[::1]:80', 'http://0.0.0.0:1'])
      assert.equal(openUrl(url), undefined, url);
    assert.equal(openUrl(undefined), undefined);
    assert.equal(openUrl('ftp://example.org'), undefined);
  });

  it('links to the run of Actions, and knows its jobs from those of another', () => {
    const env = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/x', GITHUB_RUN_ID: '48' };
    assert.equal(runPage(env), undefined);
    const page = runPage({ ...env, GITHUB_ACTIONS: 'true' });
    assert.equal(page, 'https://github.com/acme/x/actions/runs/48');
    assert.equal(isOfRun(`${page}/job/5`, page), true);
    assert.equal(isOfRun(page, page), true);
    assert.equal(isOfRun(`${page}0/job/5`, page), false);
  });
});

import assert from 'node:assert/strict';
import { OWNER, REPOSITORY, startBench, TOKEN, type Bench } from '../../../support/github.ts';

interface Body {
  message: string;
  documentation_url: string;
  url: string;
  errors: string[];
  operation: string;
  side: string;
}

interface Asking extends Omit<RequestInit, 'headers'> {
  headers?: Readonly<Record<string, string>>;
}

describe('the emulated GitHub, on the wire', function () {
  this.timeout(20_000);
  let bench: Bench;
  let head: string;

  before(async () => {
    bench = await startBench();
    head = await bench.commit({ 'a.txt': 'a' });
  });
  after(() => bench.stop());

  const ask = (path: string, init: Asking = {}): Promise<Response> =>
    fetch(bench.github.url + path, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
    });
  const repo = (path: string): string => `/repos/${OWNER}/${REPOSITORY}${path}`;
  const json = async (answer: Response): Promise<Body> => (await answer.json()) as Body;
  const lab = async (path: string, method = 'GET', body?: object): Promise<unknown> => {
    const answer = await fetch(`${bench.github.url}/_lab/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.status === 204 ? undefined : answer.json();
  };
  const remaining = (answer: Response): number => Number(answer.headers.get('x-ratelimit-remaining'));

  it('answers an unchanged thing with 304, which costs nothing', async () => {
    const first = await ask(repo('/branches/main'));
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^W\/"/);
    const same = await ask(repo('/branches/main'), { headers: { 'if-none-match': etag } });
    assert.deepEqual([same.status, await same.text()], [304, '']);
    assert.equal(remaining(same), remaining(first));
    head = await bench.commit({ 'a.txt': 'b' });
    const changed = await ask(repo('/branches/main'), { headers: { 'if-none-match': etag } });
    assert.deepEqual([changed.status, remaining(changed)], [200, remaining(first) - 1]);
  });

  it('has an id and the rate limit on every answer, and GitHub’s shape on every error', async () => {
    for (const path of [
      repo('/branches/none'),
      repo('/nothing'),
      '/repos/x/y',
      '/%zz',
      repo('/branches/%zz'),
    ]) {
      const answer = await ask(path);
      assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
      assert.match(answer.headers.get('x-github-request-id') ?? '', /^\w+$/);
      assert.ok(remaining(answer) > 0);
      const { message, documentation_url: documentation } = await json(answer);
      assert.ok(message !== '' && documentation.startsWith('https://docs.github.com/'));
    }
    const nobody = await fetch(bench.github.url + repo(''));
    assert.deepEqual([nobody.status, (await json(nobody)).message], [401, 'Requires authentication']);
  });

  it('gives lists page by page, with links', async () => {
    const { url } = bench.github;
    for (const name of ['p1', 'p2', 'p3']) await bench.git('tag', name, head);
    await bench.git('push', '--quiet', 'origin', '--tags');
    const answer = await ask(repo('/tags?per_page=2'));
    assert.equal(((await answer.json()) as unknown[]).length, 2);
    const link = `<${url}${repo('/tags')}?per_page=2&page=2>`;
    assert.equal(answer.headers.get('link'), `${link}; rel="next", ${link}; rel="last"`);
    const last = await ask(repo('/tags?per_page=2&page=2'));
    assert.deepEqual(
      ((await last.json()) as { name: string }[]).map(({ name }) => name),
      ['p1'],
    );
    assert.match(last.headers.get('link') ?? '', /page=1>; rel="prev"/);
  });

  it('is an Enterprise Server too, below /api/v3', async () => {
    const answer = await ask(`/api/v3${repo(`/commits/${head}`)}`);
    assert.equal((await json(answer)).url, `${bench.github.url}/api/v3${repo(`/commits/${head}`)}`);
  });

  it('hands out logs and assets by signed links only', async () => {
    const answer = await fetch(`${bench.github.url}/_blob/assets/1?se=9999999999999&ct=text/plain&sig=00`);
    assert.equal(answer.status, 403);
  });

  it('catches an answer that is not GitHub’s', async () => {
    assert.deepEqual(await lab('violations'), []);
    await lab('faults', 'POST', { match: { path: '/commits/' }, kind: 'break' });
    const broken = await ask(repo(`/commits/${head}`));
    assert.equal(broken.status, 500);
    assert.match((await json(broken)).message, /must have required property 'sha'/);
    const [violation] = (await lab('violations')) as Body[];
    assert.deepEqual([violation?.side, violation?.operation], ['response', 'repos/get-commit']);
    await lab('violations', 'DELETE');
    assert.equal((await ask(repo(`/commits/${head}`))).status, 200);
  });

  it('refuses a request that GitHub’s description does not allow, and records it', async () => {
    const bodies = ['{"tag":"v1"}', '{"tag":1,"message":"","object":"","type":"commit"}', '[]'];
    for (const body of bodies)
      assert.equal((await ask(repo('/git/tags'), { method: 'POST', body })).status, 422, body);
    assert.equal((await ask(repo('/git/tags'), { method: 'POST', body: '{' })).status, 400);
    assert.equal((await ask(repo('/git/tags'), { method: 'POST' })).status, 422);
    // GitHub overlooks it; a test shall not
    assert.equal((await ask(repo('/tags?perpage=2'))).status, 200);
    const violations = (await lab('violations')) as Body[];
    assert.deepEqual(
      violations.map(({ side, operation }) => `${side} ${operation}`),
      [...Array<string>(4).fill('request git/create-tag'), 'request repos/list-tags'],
    );
    await lab('violations', 'DELETE');
  });

  it('fails as it is told, as often as it is told', async () => {
    const main = repo('/branches/main');
    await bench.fault({
      match: { method: 'GET', path: 'branches/main$' },
      times: 2,
      kind: 'status',
      status: 502,
    });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await ask(main)).status);
    assert.deepEqual(statuses, [502, 502, 200]);
    await bench.fault({ kind: 'secondary-limit', status: 429, retryAfter: 7 });
    const limited = await ask(main);
    assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
    assert.match((await json(limited)).message, /secondary rate limit/);
    await bench.fault({ kind: 'rate-limit', after: 1, retryAfter: 9 });
    assert.equal((await ask(main)).status, 200);
    const spent = await ask(main);
    assert.deepEqual([spent.status, remaining(spent)], [403, 0]);
    await bench.fault({ kind: 'cut' });
    await assert.rejects(ask(main).then((answer) => answer.text()));
    await bench.fault({ kind: 'timeout' });
    await assert.rejects(ask(main, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
    await bench.fault({ kind: 'status', times: 5 });
    await lab('faults', 'DELETE');
    assert.equal((await ask(main)).status, 200);
  });

  it('does the work of a request whose answer is lost', async () => {
    await bench.fault({ match: { method: 'POST', path: 'git/refs$' }, kind: 'lost' });
    const body = JSON.stringify({ ref: 'refs/tags/lost', sha: head });
    await assert.rejects(ask(repo('/git/refs'), { method: 'POST', body }));
    assert.equal((await ask(repo('/git/ref/tags/lost'))).status, 200);
    assert.equal((await ask(repo('/git/refs'), { method: 'POST', body })).status, 422);
  });

  it('remembers what was asked', async () => {
    await bench.asked();
    await ask(repo('/branches/none'));
    const [asked] = await bench.asked();
    const { at, ...rest } = asked as typeof asked & { at: string };
    assert.ok(Date.parse(at) > 0);
    assert.deepEqual(rest, { method: 'GET', path: repo('/branches/none'), status: 404, login: 'login-a' });
  });

  it('has pages behind its links, open to all, on which nothing is taken for markup', async () => {
    const body = JSON.stringify({ tag_name: 'v9.9.9', target_commitish: 'main', name: '<b>9 & 9</b>' });
    const made = await ask(repo('/releases'), { method: 'POST', body });
    const { html_url: link } = (await made.json()) as { html_url: string };
    const page = await fetch(link);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<h1>&#60;b&#62;9 &#38; 9&#60;\/b&#62;<\/h1>/);
    for (const path of ['', '/deployments', '/actions', '/issues', '/commit/main', `/compare/main...${head}`])
      assert.equal((await fetch(`${bench.github.url}/${OWNER}/${REPOSITORY}${path}`)).status, 200, path);
    for (const path of [
      '/releases/tag/v0.0.0',
      '/actions/runs/1',
      '/actions/runs/1/job/1',
      '/issues/9',
      '/wiki',
    ])
      assert.equal((await fetch(`${bench.github.url}/${OWNER}/${REPOSITORY}${path}`)).status, 404, path);
  });
});

import assert from 'node:assert/strict';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { GitHub, NewGitHubDeployment } from '../../src/lib/ports.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, WEAK_TOKEN, type Bench } from '../support/github.ts';

describe('deployments and refs on GitHub, on the emulator', function () {
  this.timeout(30_000);
  let bench: Bench;
  let sha: string;
  let waits: number[];
  let github: GitHub;
  let number = 0;

  const connect = (token = TOKEN): GitHub =>
    createGitHub({
      repository: { owner: OWNER, name: REPOSITORY },
      baseUrl: bench.github.url,
      clock: systemClock,
      token: new Secret(token),
      timeoutMs: 5000,
      retryBaseMs: 5,
      maxWaitMs: 2000,
      onWait: ({ seconds }) => waits.push(seconds),
    });
  /** What is asked beside the work. */
  const aside = (of = github) => of.publishing(new AbortController().signal);
  const next = (): NewGitHubDeployment => ({
    ...{ ref: sha, environment: 'orin', task: 'deploy', description: 'deploy v1.0.0', production: false },
    payload: { hd: 1, deployment: `d${(number += 1)}` },
  });
  const fails = (exit: number, code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof HdError, String(error));
    assert.deepEqual([error.exit, error.code], [exit, code], error.message);
    assert.match(error.message, message);
    return true;
  };
  const wrote = async () =>
    (await bench.asked())
      .filter((asked) => asked.method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);

  before(async () => {
    bench = await startBench();
    github = connect();
    const old = await bench.commit({ 'README.md': 'hello\n' });
    await bench.commit({ 'more.txt': 'x' });
    await bench.check({ sha: old, name: 'unit', conclusion: 'failure' });
    sha = old;
  });
  after(() => bench.stop());
  beforeEach(async () => {
    waits = [];
    await bench.asked();
  });
  afterEach(async () => assert.deepEqual(await bench.violations(), []));

  it('a deployment of a commit that is behind, and red, is made as asked, and moved', async () => {
    const asked = next();
    const made = await aside().createDeployment(asked);
    assert.deepEqual([made.commit, made.payload, made.by], [sha, asked.payload, 'login-a']);
    assert.deepEqual(await aside().deployments('orin', sha), [made]);
    assert.deepEqual(await aside().deployments('elsewhere'), []);
    const link = 'https://ci.example/1';
    await aside().addStatus(made.id, { state: 'in_progress', description: 'one' });
    await aside().addStatus(made.id, {
      state: 'success',
      description: 'two',
      link,
      url: 'https://a.example',
    });
    const statuses = await aside().statuses(made.id);
    assert.deepEqual(
      statuses.map((status) => [status.state, status.description, status.link, status.by]),
      [
        ['success', 'two', link, 'login-a'],
        ['in_progress', 'one', '', 'login-a'],
      ],
    );
  });

  it('leaves earlier deployments of the environment as they are', async () => {
    const [earlier] = await aside().deployments('orin');
    const made = await aside().createDeployment(next());
    await aside().addStatus(made.id, { state: 'success', description: 'x' });
    assert.equal((await aside().statuses(earlier?.id ?? 0))[0]?.state, 'success');
  });

  for (const kind of ['lost', 'cut'] as const)
    it(`is looked for when the answer is ${kind}, and not made twice`, async () => {
      await bench.fault({ match: { method: 'POST', path: '/deployments' }, kind });
      const { id } = await aside().createDeployment(next());
      await bench.fault({ match: { method: 'POST', path: '/statuses' }, kind });
      await aside().addStatus(id, { state: 'queued', description: 'x' });
      const path = `/repos/${OWNER}/${REPOSITORY}/deployments`;
      assert.deepEqual(await wrote(), [`POST ${path}`, `POST ${path}/${id}/statuses`]);
    });

  it('asks once for what is beside the work, and thrice for what is the work', async () => {
    const down = { match: { path: '/deployments' }, kind: 'status', status: 502, times: 3 } as const;
    await bench.fault(down);
    const unreachable = fails(11, 'github-unreachable', /list the deployments of orin: it answered 502/);
    await assert.rejects(github.publishing().deployments('orin'), unreachable);
    assert.equal((await bench.asked()).length, 3);
    await bench.fault({ ...down, times: 1 });
    await assert.rejects(aside().deployments('orin'), unreachable);
    assert.equal((await bench.asked()).length, 1);
  });

  it('waits for a short limit without a word, and for a long one not at all', async () => {
    const limit = { match: { method: 'POST' }, kind: 'secondary-limit' } as const;
    await bench.fault({ ...limit, retryAfter: 1 });
    await aside().createDeployment(next());
    await bench.fault({ ...limit, retryAfter: 11 });
    const limited = fails(11, 'github-rate-limit', /ends in 11 s/);
    await assert.rejects(aside().createDeployment(next()), limited);
    assert.deepEqual(waits, []);
  });

  it('ends with its signal', async () => {
    await bench.fault({ match: { path: '/deployments' }, kind: 'timeout' });
    const asked = connect().publishing(AbortSignal.timeout(50)).deployments('orin');
    await assert.rejects(asked, fails(11, 'github-unreachable', /list the deployments/));
  });

  it('names the permission that is missing', async () => {
    await assert.rejects(
      aside(connect(WEAK_TOKEN)).createDeployment(next()),
      fails(4, 'github-permission', /create a deployment of orin: it lacks deployments=write on acme/),
    );
  });

  describe('a ref', () => {
    const ref = 'refs/hd/ledger/orin';

    it('is made, grows by a commit with a file each time, and starts nothing', async () => {
      assert.deepEqual(await aside().history(ref), []);
      await aside().commitTo(ref, 'first', undefined);
      const [one] = await aside().history(ref);
      await aside().commitTo(ref, 'second', one?.sha);
      assert.deepEqual(
        (await aside().history(ref)).map(({ message, by }) => [message, by]),
        [
          ['second', 'login-a'],
          ['first', 'login-a'],
        ],
      );
      await bench.git('fetch', '--quiet', 'origin', `${ref}:${ref}`);
      assert.equal(await bench.git('show', `${ref}:head`), 'second');
    });

    it('never loses what somebody else put there meanwhile', async () => {
      const [newest, oldest] = await aside().history(ref);
      const refused = fails(5, 'github-refused', /write refs\/hd\/ledger\/orin: .*fast forward/);
      await assert.rejects(aside().commitTo(ref, 'stale', oldest?.sha), refused);
      await assert.rejects(aside().commitTo(ref, 'stale', undefined), fails(5, 'github-refused', /exists/));
      assert.deepEqual((await aside().history(ref))[0], newest);
    });

    it('is looked at when the answer was lost', async () => {
      const [newest] = await aside().history(ref);
      await bench.fault({ match: { method: 'PATCH' }, kind: 'lost' });
      await aside().commitTo(ref, 'third', newest?.sha);
      assert.equal((await wrote()).filter((each) => each.startsWith('PATCH')).length, 1);
      assert.equal((await aside().history(ref))[0]?.message, 'third');
    });
  });
});

import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { GitHub } from '../../src/lib/ports.ts';
import { startServer } from '../support/oci.ts';
import { OWNER, REPOSITORY, TOKEN } from '../support/github.ts';

const COMMIT = 'c'.repeat(40);
const BASE = 'b'.repeat(40);

const connectTo = (baseUrl: string, token = TOKEN): GitHub =>
  createGitHub({
    repository: { owner: OWNER, name: REPOSITORY },
    baseUrl,
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

interface Odd {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  bytes?: Uint8Array;
  /** Hangs up instead. */
  lost?: true;
}
type Answers = Readonly<Record<string, Odd | readonly Odd[]>>;

/** What the emulator does not say: answers of older servers, of smaller plans, and broken ones. */
describe('a GitHub that answers oddly', function () {
  this.timeout(10_000);
  const REPO = `/repos/${OWNER}/${REPOSITORY}`;
  let server: Awaited<ReturnType<typeof startServer>>;
  let store: Awaited<ReturnType<typeof startServer>>;
  let github: GitHub;
  let answers: Answers;
  let asked: { what: string; body: unknown; authorization: string | undefined }[];

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const piece of request) text += String(piece);
    const path = decodeURIComponent(request.url ?? '').replace(REPO, '');
    const what = `${request.method ?? ''} ${path}`;
    asked.push({
      what,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
      authorization: request.headers.authorization,
    });
    const known = answers[what] ?? (what === 'GET ' ? { body: {} } : { status: 404, body: {} });
    const count = asked.filter((each) => each.what === what).length;
    const list = 'length' in known ? known : [known];
    const { status = 200, body, headers, bytes, lost } = list[Math.min(count, list.length) - 1] ?? {};
    if (lost) return response.destroy();
    const type = bytes === undefined ? 'application/json' : 'application/zip';
    response.writeHead(status, { ...(status !== 204 && { 'content-type': type }), ...headers });
    return response.end(bytes ?? (body === undefined ? undefined : JSON.stringify(body)));
  };
  const count = (what: string) => asked.filter((each) => each.what === what).length;

  before(async () => {
    const serve = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
    [server, store] = await Promise.all([startServer(serve), startServer(serve)]);
  });
  after(() => Promise.all([server.stop(), store.stop()]));
  beforeEach(() => {
    asked = [];
    github = connectTo(`http://${server.host}`);
  });

  describe('an issue', () => {
    const one = (more: object = {}) => ({
      ...{ number: 7, html_url: 'https://x/7', title: 'Slow', body: null, user: null, state: 'open' },
      ...{ labels: ['incident', { name: 'p1' }, {}], assignees: null, closed_at: null },
      ...{ created_at: '2026-11-20T10:00:00Z', ...more },
    });
    const LIST =
      'GET /issues?state=all&labels=incident,p1&sort=created&direction=desc&per_page=100&since=2026-11-20T10:00:00.000Z';

    it('of an account that is gone, without a text, is one; a pull request is none', async () => {
      answers = { [LIST]: { body: [one({ number: 8, pull_request: {} }), one()] } };
      const labels = ['incident', 'p1'];
      const since = Date.parse('2026-11-20T10:00:00Z');
      assert.deepEqual(await github.issues({ labels, state: 'all', since }), [
        {
          ...{ number: 7, url: 'https://x/7', title: 'Slow', body: '', author: '', labels, assignees: [] },
          ...{ open: true, at: since },
        },
      ]);
    });

    it('that was deleted, moved away, or is a pull request is not there', async () => {
      for (const odd of [
        { status: 410, body: {} },
        { body: one({ number: 99 }) },
        { body: one({ pull_request: {} }) },
      ]) {
        answers = { 'GET /issues/7': odd };
        assert.equal(await github.issue(7), undefined);
      }
      answers = { 'GET /issues/7/comments?per_page=100': { status: 410, body: {} } };
      await assert.rejects(github.comments(7), fails(3, 'no-issue', /has no issue #7/));
    });
  });

  describe('a dispatch', () => {
    const POST = 'POST /actions/workflows/deploy.yml/dispatches';
    const inputs = { environment: 'production', version: 'v1.4.0' };
    const dispatch = () => github.dispatch('deploy.yml', 'main', inputs);

    it('gives the run that the server names', async () => {
      answers = { [POST]: { body: { workflow_run_id: 7, run_url: 'x', html_url: 'x' } } };
      assert.deepEqual(await dispatch(), { run: 7 });
      assert.deepEqual(asked[0]?.body, { ref: 'main', inputs, return_run_details: true });
    });

    it('is sent again only to a server that does not know return_run_details', async () => {
      const message = 'Invalid request.\n\n"return_run_details" is not a permitted key.';
      for (const status of [400, 422]) {
        asked = [];
        answers = { [POST]: [{ status, body: { message } }, { status: 204 }] };
        assert.equal(await dispatch(), undefined);
        assert.deepEqual(
          asked.map(({ body }) => body),
          [
            { ref: 'main', inputs, return_run_details: true },
            { ref: 'main', inputs },
          ],
        );
      }
      asked = [];
      answers = { [POST]: { status: 400, body: { message: 'Problems parsing JSON' } } };
      await assert.rejects(dispatch(), fails(5, 'github-refused', /Problems parsing JSON/));
      assert.equal(asked.length, 1);
    });

    it('without an answer, or one that names no run, is sent once and gives no run', async () => {
      for (const odd of [{ status: 204 }, { status: 502 }, { lost: true }] as const) {
        asked = [];
        answers = { [POST]: odd };
        assert.equal(await dispatch(), undefined);
        assert.equal(asked.length, 1);
      }
    });

    it('with inputs that are not declared names them', async () => {
      answers = {
        [POST]: { status: 422, body: { message: 'Unexpected inputs provided: ["plan", "request"]' } },
      };
      await assert.rejects(
        dispatch(),
        fails(2, 'unexpected-inputs', /^deploy\.yml does not declare plan, request as inputs/),
      );
    });

    it('of what can not be dispatched says what GitHub says', async () => {
      const message = "Workflow does not have 'workflow_dispatch' trigger";
      answers = { [POST]: { status: 422, body: { message } } };
      await assert.rejects(
        dispatch(),
        fails(2, 'dispatch-refused', /deploy\.yml on main: Workflow does not have/),
      );
      answers = {};
      await assert.rejects(
        dispatch(),
        fails(2, 'no-workflow', /has no workflow deploy\.yml on its default branch/),
      );
      answers = { 'GET /actions/workflows/deploy.yml': { body: {} } };
      await assert.rejects(dispatch(), fails(4, 'github-permission', /dispatch deploy\.yml/));
    });

    it('to a closed port was never sent', async () => {
      const closed = await startServer(() => undefined);
      await closed.stop();
      const nobody = connectTo(`http://${closed.host}`).dispatch('deploy.yml', 'main', inputs);
      await assert.rejects(nobody, fails(11, 'github-unreachable', /ECONNREFUSED/));
    });
  });

  describe('an environment', () => {
    it('without rules has no reviewers and no timer', async () => {
      answers = { 'GET /environments/production': { body: { id: 3, name: 'production' } } };
      assert.deepEqual(await github.environment('production'), {
        ...{ id: 3, name: 'production', reviewers: [], preventSelfReview: false, waitMinutes: 0 },
      });
      assert.equal(await github.environment('a/b'), undefined);
    });
  });

  describe('a review', () => {
    const PENDING = '/actions/runs/5/pending_deployments';
    const team = { type: 'Team', reviewer: { slug: 'qa', name: 'Quality' } };
    const waits = (more: object = {}) => ({
      environment: { id: 3, name: 'production' },
      ...{ wait_timer: 0, wait_timer_started_at: null, current_user_can_approve: false },
      reviewers: [team, { type: 'User', reviewer: { login: 'login-c' } }, { type: 'Team' }],
      ...more,
    });
    const APPROVALS = 'GET /actions/runs/5/approvals';
    const gone = { status: 422, body: { message: 'No pending deployment requests to approve or reject' } };
    const asking = {
      [APPROVALS]: { body: [] },
      'GET /user': { body: { login: 'login-a' } },
      'GET /actions/runs/5': { body: { id: 5, path: 'x', status: 'waiting', actor: { login: 'login-a' } } },
    };
    const said = (login: string) => ({
      ...{ state: 'approved', comment: 'fine', user: { login } },
      environments: [{ id: 3, name: 'production' }],
    });
    const review = () => github.review(5, { environments: [3], state: 'approved', comment: 'fine' });

    it('is waited for by these, and until then', async () => {
      const timer = { wait_timer: 30, wait_timer_started_at: '2026-11-20T10:00:00Z' };
      answers = { [`GET ${PENDING}`]: { body: [waits(timer)] } };
      assert.deepEqual(await github.pendingDeployments(5), [
        {
          ...{ id: 3, environment: 'production', mayApprove: false, reviewers: ['acme/qa', 'login-c'] },
          waitsUntil: Date.parse('2026-11-20T10:30:00Z'),
        },
      ]);
    });

    it('of an own request is refused in one sentence', async () => {
      const rules = [{ type: 'required_reviewers', prevent_self_review: true, reviewers: [team] }];
      answers = {
        ...asking,
        [`POST ${PENDING}`]: gone,
        [`GET ${PENDING}`]: { body: [waits()] },
        'GET /environments/production': { body: { id: 3, name: 'production', protection_rules: rules } },
      };
      await assert.rejects(
        review(),
        fails(4, 'not-reviewer', /^login-a started run 5, and production does not let/),
      );
      assert.equal(count(`POST ${PENDING}`), 1);
    });

    it('by somebody who is not asked names who is', async () => {
      answers = {
        ...asking,
        'GET /environments/production': { body: { id: 3, name: 'production' } },
        [`POST ${PENDING}`]: gone,
        [`GET ${PENDING}`]: { body: [waits()] },
      };
      await assert.rejects(
        review(),
        fails(
          4,
          'not-reviewer',
          /^login-a is no required reviewer of production: those are acme\/qa, login-c$/,
        ),
      );
    });

    it("by a job's own token is refused as such", async () => {
      const refusal = { status: 403, body: { message: 'Resource not accessible by integration' } };
      answers = {
        [APPROVALS]: { body: [] },
        'GET /user': refusal,
        [`POST ${PENDING}`]: refusal,
        [`GET ${PENDING}`]: { body: [waits()] },
      };
      await assert.rejects(review(), fails(4, 'not-reviewer', /^a token that speaks for no user/));
    });

    it('that comes too late is told from one that is not allowed', async () => {
      answers = { ...asking, [`POST ${PENDING}`]: gone, [`GET ${PENDING}`]: { body: [] } };
      await assert.rejects(review(), fails(3, 'review-over', /run 5 no longer waits/));
    });

    it('that somebody gave already is over, while the timer still runs', async () => {
      const timer = { wait_timer: 30, wait_timer_started_at: '2026-11-20T10:00:00Z' };
      answers = {
        ...asking,
        [`POST ${PENDING}`]: gone,
        [`GET ${PENDING}`]: { body: [waits(timer)] },
        [APPROVALS]: { body: [said('login-c')] },
      };
      await assert.rejects(review(), fails(3, 'review-over', /run 5 no longer waits/));
    });

    it('that GitHub refuses to somebody who may is what GitHub says', async () => {
      answers = {
        ...asking,
        [`POST ${PENDING}`]: { status: 422, body: { message: 'Comment is too long' } },
        [`GET ${PENDING}`]: { body: [waits({ current_user_can_approve: true })] },
      };
      await assert.rejects(review(), fails(5, 'github-refused', /Comment is too long/));
    });

    it('is looked for after a lost answer: its own, and not what was said before', async () => {
      const lost = { ...asking, [`POST ${PENDING}`]: [{ lost: true }, { body: [] }] } as const;
      answers = {
        ...lost,
        [APPROVALS]: [{ body: [said('login-a')] }, { body: [said('login-a'), said('login-a')] }],
      };
      await review();
      assert.equal(count(`POST ${PENDING}`), 1);
      asked = [];
      answers = {
        ...lost,
        [APPROVALS]: [{ body: [said('login-a')] }, { body: [said('login-a'), said('login-c')] }],
      };
      await review();
      assert.equal(count(`POST ${PENDING}`), 2);
    });
  });

  describe('an artifact', () => {
    const zip = zipSync({ 'report.json': strToU8('{}') });
    const LIST = 'GET /actions/runs/5/artifacts?name=report&per_page=100';
    const made = (id: number, more: object = {}) => ({
      ...{ id, name: 'report', expired: false, size_in_bytes: zip.length, digest: digestOf(zip) },
      ...more,
    });
    const listed = (...artifacts: object[]) => ({
      [LIST]: { body: { total_count: artifacts.length, artifacts } },
    });
    const link = (to = `http://${store.host}/signed?a=%2Fb`) => ({ status: 302, headers: { location: to } });
    const read = () => github.artifact(5, 'report');

    it('is the newest of its name; its link is asked without the token', async () => {
      answers = {
        ...listed(made(9), made(11), made(10), made(99, { name: 'other' })),
        'GET /actions/artifacts/11/zip': link(),
        'GET /signed?a=/b': [{ status: 502 }, { bytes: zip }],
      };
      assert.deepEqual([...((await read()) ?? [])], [['report.json', '{}']]);
      assert.deepEqual(
        asked.map(({ authorization }) => authorization !== undefined),
        [true, true, false, false],
      );
      // Nor is it where GitHub itself keeps artifacts, as an Enterprise Server does.
      asked = [];
      answers = { ...answers, 'GET /actions/artifacts/11/zip': link(`http://${server.host}/signed?a=%2Fb`) };
      await read();
      assert.equal(asked.at(-1)?.authorization, undefined);
    });

    it('that is not there, or no longer, is undefined', async () => {
      const of = (id: number) => ({
        [`GET /actions/artifacts/${id}/zip`]: link(),
        'GET /signed?a=/b': { bytes: zip },
      });
      for (const absent of [
        listed(),
        listed(made(9, { name: 'report-2' })),
        // The newest counts, and it is gone.
        { ...listed(made(8), made(9, { expired: true })), ...of(8), ...of(9) },
        { ...listed(made(9)), 'GET /actions/artifacts/9/zip': { status: 410, body: {} } },
      ]) {
        answers = absent;
        assert.equal(await read(), undefined);
      }
    });

    it('that is no zip, too large, or not what was uploaded is an error', async () => {
      const of = (bytes: Uint8Array, more: object = {}) => ({
        ...listed(made(9, { digest: digestOf(bytes), ...more })),
        'GET /actions/artifacts/9/zip': link(),
        'GET /signed?a=/b': { bytes },
      });
      const wrong: [Answers, RegExp][] = [
        [of(strToU8('<html>')), /artifact report is no zip archive/],
        [of(zip, { size_in_bytes: 17 * 1024 * 1024 }), /artifact report is larger than 16 MB/],
        [of(zip, { digest: digestOf(strToU8('x')) }), /artifact report is not what was uploaded \(sha256:/],
      ];
      for (const [odd, message] of wrong) {
        answers = odd;
        await assert.rejects(read(), fails(5, 'artifact', message));
      }
      answers = of(zip, { digest: null });
      assert.equal((await read())?.size, 1);
    });
  });

  describe('required checks', () => {
    const BRANCH = 'GET /branches/main';
    const RULES = 'GET /rules/branches/main?per_page=100';
    const protection = {
      body: {
        protection: {
          required_status_checks: { contexts: ['unit'], checks: [{ context: 'unit' }, { context: 'lint' }] },
        },
      },
    };
    const rules = {
      body: [
        { type: 'deletion' },
        { type: 'required_status_checks' },
        { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'e2e' }] } },
      ],
    };
    const refused = { status: 403, body: { message: 'Upgrade to GitHub Pro' } };

    it('come from protection and rules, whichever there are', async () => {
      const cases: [Answers, string[]][] = [
        [{ [BRANCH]: protection, [RULES]: rules }, ['unit', 'lint', 'e2e']],
        [{ [BRANCH]: protection, [RULES]: refused }, ['unit', 'lint']],
        [{ [BRANCH]: protection }, ['unit', 'lint']],
        [{ [BRANCH]: refused, [RULES]: rules }, ['e2e']],
        [{ [BRANCH]: { body: { protection: { enabled: false } } }, [RULES]: { body: [] } }, []],
      ];
      for (const [given, expected] of cases) {
        answers = given;
        assert.deepEqual(await github.requiredChecks('main'), expected);
      }
    });

    it('are not known when both are refused, or one is not answered', async () => {
      answers = { [BRANCH]: refused, [RULES]: refused };
      await assert.rejects(
        github.requiredChecks('main'),
        fails(4, 'github-permission', /protection of branch main/),
      );
      answers = { [BRANCH]: protection, [RULES]: { status: 502 } };
      await assert.rejects(
        github.requiredChecks('main'),
        fails(11, 'github-unreachable', /rules of branch main/),
      );
    });
  });

  describe('the way to a commit', () => {
    const commit = (at: number) => ({
      sha: `${at}`,
      commit: { message: `Change ${at}\n\nmore`, author: { name: 'Ana' } },
      author: at === 0 ? null : { login: 'login-a' },
    });
    const COMPARE = `GET /compare/${BASE}...${COMMIT}?per_page=100&page=`;
    const page = (number: number, total: number) => ({
      body: {
        total_commits: total,
        commits: Array.from({ length: Math.max(0, Math.min(100, total - number * 100 + 100)) }, (_, at) =>
          commit(number * 100 - 100 + at),
        ),
      },
    });

    it('is its commits, oldest first, from as many pages as it takes and 250 at the most', async () => {
      for (const [total, pages, shown] of [
        [0, 1, 0],
        [100, 1, 100],
        [101, 2, 101],
        [700, 3, 250],
      ] as const) {
        asked = [];
        answers = Object.fromEntries([1, 2, 3, 4].map((at) => [`${COMPARE}${at}`, page(at, total)]));
        const way = await github.commitsBetween(BASE, COMMIT);
        assert.deepEqual([way.total, asked.length, way.commits.length], [total, pages, shown]);
        assert.deepEqual(
          way.commits.map(({ sha }) => sha),
          Array.from({ length: shown }, (_, at) => `${at}`),
        );
        if (shown > 1)
          assert.deepEqual(way.commits.slice(0, 2), [
            { sha: '0', title: 'Change 0', author: 'Ana' },
            { sha: '1', title: 'Change 1', author: 'login-a' },
          ]);
      }
    });

    it('is not known where GitHub lacks one of them', async () => {
      answers = {};
      await assert.rejects(
        github.commitsBetween(BASE, COMMIT),
        fails(5, 'no-such-commit', /lacks bbbbbbb or ccccccc/),
      );
    });

    it('goes through pull requests that were merged', async () => {
      const pull = (number: number, merged_at: string | null) => ({
        ...{ number, title: `Change ${number}`, html_url: `https://x/${number}`, merged_at },
        user: { login: 'login-a' },
      });
      answers = {
        [`GET /commits/${COMMIT}/pulls?per_page=100`]: {
          body: [pull(1, null), pull(2, '2026-11-20T10:00:00Z')],
        },
      };
      assert.deepEqual(await github.pullRequestsOf(COMMIT), [
        { number: 2, title: 'Change 2', url: 'https://x/2', author: 'login-a' },
      ]);
      assert.deepEqual(await github.pullRequestsOf(BASE), []);
    });
  });
});

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

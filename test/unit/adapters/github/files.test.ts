import assert from 'node:assert/strict';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../../../src/lib/adapters/github/index.ts';
import type { GitHub } from '../../../../src/lib/ports.ts';
import { startServer } from '../../../support/oci.ts';

const COMMIT = 'c'.repeat(40);
const blob = (path: string, mode = '100644') => ({ path, mode, type: 'blob', sha: `blob-of-${path}` });
const tree = (path: string, sha: string) => ({ path, mode: '040000', type: 'tree', sha });

/** What the emulator's small repository does not show: GitHub cuts trees at 100,000 entries, contents at 1 MB. */
const ANSWERS: Readonly<Record<string, object>> = {
  [`/git/trees/${COMMIT}?recursive=true`]: { tree: [blob('a.txt')], truncated: true },
  [`/git/trees/${COMMIT}`]: {
    tree: [blob('a.txt'), tree('deploy', 'deploy'), tree('huge', 'huge')],
    truncated: false,
  },
  '/git/trees/deploy': { tree: [blob('run.sh', '100755'), blob('link', '120000')], truncated: false },
  '/git/trees/deploy?recursive=true': {
    tree: [blob('run.sh', '100755'), blob('link', '120000'), tree('sub', 'sub'), blob('sub/x')],
    truncated: false,
  },
  '/git/trees/huge?recursive=true': { tree: [], truncated: true },
  [`/contents/deploy/run.sh?ref=${COMMIT}`]: { type: 'file', encoding: 'none', content: '' },
  '/git/blobs/blob-of-run.sh': { encoding: 'base64', content: Buffer.from('large').toString('base64') },
};

describe('files of a repository that is too large for one answer', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let github: GitHub;

  before(async () => {
    server = await startServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').replace('/repos/acme/healthdelta', '');
      const answer = ANSWERS[path];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? { message: `nothing at ${path}` }));
    });
    github = createGitHub({
      repository: { owner: 'acme', name: 'healthdelta' },
      baseUrl: `http://${server.host}`,
      clock: systemClock,
    });
  });
  after(() => server.stop());

  it('are found folder by folder, their content as a blob', async () => {
    const file = await github.readFile(COMMIT, 'deploy/run.sh');
    assert.equal(Buffer.from(file?.content ?? []).toString(), 'large');
    assert.equal(file?.executable, true);
  });

  it('are not those that are no files', async () => {
    for (const path of ['deploy/link', 'deploy', 'deploy/none', 'a.txt/below'])
      assert.equal(await github.readFile(COMMIT, path), undefined, path);
  });

  it('are listed below a folder; a list that is cut is an error, never a short list', async () => {
    assert.deepEqual(await github.listFiles(COMMIT, 'deploy/'), ['deploy/run.sh', 'deploy/sub/x']);
    assert.deepEqual(await github.listFiles(COMMIT, 'none'), []);
    await assert.rejects(github.listFiles(COMMIT, 'huge'), /huge has more files than GitHub lists/);
    await assert.rejects(github.listFiles(COMMIT, '.'), /the repository has more files/);
  });
});

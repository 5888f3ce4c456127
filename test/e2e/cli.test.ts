import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { run, type RunOptions } from '../support/run.ts';
import { Terminal } from '../support/terminal.ts';

const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'bin', 'run.js');
const hd = (argv: readonly string[], options?: RunOptions) => run([entry, ...argv], options);

const HD_YML = `app: healthdelta
repository: acme/healthdelta
images: {backend: ghcr.io/acme/healthdelta-backend}
environments:
  local: {hosts: [local], compose: [compose.yaml], url: "http://127.0.0.1:8000"}
  prod: {extends: local, production: true, hosts: [prod-1], directory: /opt/healthdelta}
`;

describe('hd, as it is installed', function () {
  this.timeout(60_000);
  let empty = '';
  let project = '';

  before(async () => {
    assert.ok(existsSync(join(root, 'dist', 'cli.js')), 'npm run build comes first');
    empty = await mkdtemp(join(tmpdir(), 'hd-empty-'));
    project = await mkdtemp(join(tmpdir(), 'hd-project-'));
    await writeFile(join(project, 'hd.yml'), HD_YML);
  });
  after(() => Promise.all([empty, project].map((folder) => rm(folder, { recursive: true }))));
  afterEach(() => Terminal.stopAll());

  it('says its version', async () => {
    assert.deepEqual(await hd(['--version']), { code: 0, stdout: `hd ${manifest.version}\n`, stderr: '' });
    const json = JSON.parse((await hd(['--version', '--json'])).stdout) as object;
    assert.deepEqual(json, { schemaVersion: 1, version: manifest.version });
  });

  it('says its version without reading anything but package.json', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'hd-alone-'));
    await mkdir(join(alone, 'bin'));
    await copyFile(join(root, 'package.json'), join(alone, 'package.json'));
    await copyFile(entry, join(alone, 'bin', 'run.js'));
    assert.equal((await run([join(alone, 'bin', 'run.js'), '--version'])).stdout, `hd ${manifest.version}\n`);
    const unbuilt = await run([join(alone, 'bin', 'run.js'), 'status']);
    assert.deepEqual([unbuilt.code, unbuilt.stderr], [2, 'hd is not built yet: npm ci && npm run build\n']);
    await rm(alone, { recursive: true });
  });

  it('on an old Node says what it needs, in one sentence', async () => {
    const old = await mkdtemp(join(tmpdir(), 'hd-old-'));
    await mkdir(join(old, 'bin'));
    await writeFile(
      join(old, 'package.json'),
      JSON.stringify({ ...manifest, engines: { node: '>=99.1.0' } }),
    );
    await copyFile(entry, join(old, 'bin', 'run.js'));
    const { code, stdout, stderr } = await run([join(old, 'bin', 'run.js'), 'status']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, `hd needs Node >=99.1.0, and this is ${process.versions.node}\n`);
    await rm(old, { recursive: true });
  });

  it('alone reads hd.yml and shows where to begin (screen 1)', async () => {
    const { code, stdout, stderr } = await hd([], { cwd: project });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      new RegExp(
        `^hd ${manifest.version} {2}release, deploy, verify and roll back, with proof\n\nhealthdelta, acme/healthdelta: local, prod\n\n {2}hd status {21}what serves where, and whether it is proven\n`,
      ),
    );
    assert.match(
      stdout,
      /\nSomething is wrong now: {2}hd status, then hd rollback ENV\nEverything else: {9}hd --help\n$/,
    );
  });

  it('alone without an hd.yml says so', async () => {
    const { code, stdout } = await hd([], { cwd: empty });
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`\n\nNo hd\\.yml from ${empty} up to /\\.`));
  });

  it('without an hd.yml a command is exit 2 and says what is missing', async () => {
    for (const argv of [
      ['status'],
      ['deploy', 'prod', '--tag', 'v1.4.0'],
      ['rollback', 'prod'],
      ['verify', 'prod'],
    ]) {
      const { code, stdout, stderr } = await hd(argv, { cwd: empty });
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '));
      assert.match(stderr, /failed {5}no hd\.yml from/);
      assert.match(stderr, /\nx config {2}nothing was asked or changed {2}\(exit 2\)\n {2}next/);
    }
  });

  it('shows every error of hd.yml with its line and its fix (screen 19)', async () => {
    const wrong = await mkdtemp(join(tmpdir(), 'hd-wrong-'));
    await writeFile(join(wrong, 'hd.yml'), HD_YML.replace('production: true', 'prodction: true, keep: many'));
    const { code, stdout, stderr } = await hd(['status'], { cwd: wrong });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(
      stderr,
      /^hd\.yml:6:\d+ {2}environments\.prod: no such key, prodction\n +6 \| .*\n +\| +\^{9}\n {2}write {6}production\n/,
    );
    assert.match(
      stderr,
      /\nx config {2}2 errors in hd\.yml; nothing was asked or changed {2}\(exit 2\)\n {2}next {7}once corrected: hd status\n$/,
    );
    await rm(wrong, { recursive: true });
  });

  it('answers help before anything else, of everything that exists', async () => {
    const { code, stdout, stderr } = await hd(['--help'], { cwd: empty });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /\nChange things\n {2}release {4}tag a version/);
    const verbs = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb = '']) => verb);
    assert.ok(verbs.includes('status') && !verbs.includes('home'));
    for (const verb of verbs) {
      const page = await hd([verb, '--help']);
      assert.equal(page.code, 0, verb);
      assert.match(page.stdout, new RegExp(`\\bhd ${verb}\\b`));
      assert.ok(
        page.stdout.split('\n').every((line) => line.length <= 80),
        verb,
      );
    }
    assert.equal((await hd(['help', 'status'])).stdout, (await hd(['status', '-h'])).stdout);
  });

  it('has a page for each topic that it names', async () => {
    const { stdout } = await hd(['help']);
    const topics = /Topics: hd help (.*)/.exec(stdout)?.[1]?.split(' | ') ?? [];
    assert.deepEqual(topics, ['exit-codes', 'config', 'environment', 'json', 'output']);
    for (const topic of topics) assert.ok((await hd(['help', topic])).stdout.length > 300, topic);
  });

  it('does not know what does not exist', async () => {
    for (const argv of [['statsu'], ['help', 'statsu'], ['statsu', '--help'], ['lab', 'upp']]) {
      const { code, stdout, stderr } = await hd(argv);
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '));
      assert.match(stderr, /is not a command of hd\n {2}write {6}(status|lab up)\n/);
    }
  });

  it('says any error as one object with --json, stderr empty', async () => {
    const cases: readonly (readonly [readonly string[], string, string])[] = [
      [['nope'], empty, 'usage'],
      [['status', '--nope'], project, 'usage'],
      [['status'], empty, 'no-config'],
      [['deploy'], project, 'usage'],
    ];
    for (const [argv, cwd, wanted] of cases) {
      const { code, stdout, stderr } = await hd([...argv, '--json'], { cwd });
      assert.deepEqual([code, stderr], [2, ''], argv.join(' '));
      const { schemaVersion, error } = JSON.parse(stdout) as {
        schemaVersion: number;
        error: { code: string; exit: number; hint?: string };
      };
      assert.deepEqual([schemaVersion, error.code, error.exit], [1, wanted, 2]);
      assert.ok((error.hint ?? '').length > 0);
    }
  });

  it('is quiet when its reader goes away', async () => {
    const child = spawn(process.execPath, [entry, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('has colour on a terminal, and none with NO_COLOR', async () => {
    for (const [env, colour] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const terminal = new Terminal([process.execPath, entry, 'nope'], { env, cwd: empty });
      assert.equal(await terminal.end(), 2);
      assert.match(terminal.text, /✗ usage/);
      assert.equal(terminal.raw.includes('\x1b[31m'), colour);
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, TEST_CLI, type RunOptions } from '../support/run.ts';

const hd = (argv: readonly string[], options?: RunOptions) => run([TEST_CLI, ...argv], options);

/** The flow is in the middle of its work. */
const working = /prod-1 v1\.4\.0/;

describe('a command', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'hd-command-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('gives its answer on stdout, and what it says meanwhile on stderr', async () => {
    const { code, stdout, stderr } = await hd(['look']);
    assert.equal(code, 0);
    assert.equal(stdout, '  ENV      SERVES  COMMIT\n  + env-0  v1.4.0  8c3f2e1\n');
    assert.match(stderr, /^\d\d:\d\d:\d\dZ warn {2}GitHub waits 5s\n\n?$/);
  });

  it('writes all of it before the process ends', async () => {
    const { code, stdout } = await hd(['look', '--rows', '20000']);
    assert.equal(code, 0);
    assert.equal(stdout.split('\n').length, 20_002);
  });

  it('with --json writes one object and nothing else', async () => {
    const { code, stdout, stderr } = await hd(['look', '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), { schemaVersion: 1, command: 'look', exit: 0, environments: 1 });
  });

  it('takes --json before the verb, and from HD_JSON', async () => {
    for (const [argv, env] of [
      [['--json', 'look'], {}],
      [['look'], { HD_JSON: '1' }],
    ] as const) {
      assert.equal((JSON.parse((await hd(argv, { env })).stdout) as { exit: number }).exit, 0);
    }
  });

  it('with --json --plain writes plain lines on stderr', async () => {
    const { stdout, stderr } = await hd(['look', '--json', '--plain']);
    assert.doesNotThrow(() => void JSON.parse(stdout));
    assert.match(stderr, /warn {2}GitHub waits 5s/);
  });

  it('takes a flag from its variable', async () => {
    const { stdout } = await hd(['look'], { env: { HD_ROWS: '3' } });
    assert.match(stdout, /env-2/);
  });

  it('colours stdout and stderr each for itself', async () => {
    const forced = await hd(['look'], { env: { FORCE_COLOR: '1' } });
    assert.match(forced.stdout, /\u001b\[32m\+/);
    assert.doesNotMatch((await hd(['look', '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout, /\u001b/);
    assert.doesNotMatch((await hd(['look'])).stdout, /\u001b/);
  });

  it('ends with a bug screen for what nobody foresaw: no stack, no secret, exit 1', async () => {
    const env = { GH_TOKEN: 'ghp averysecret/value', XDG_STATE_HOME: folder };
    const { code, stdout, stderr } = await hd(['bug'], { env });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /failed {5}hd 0\.1\.0, a bug: no "digest" where one must be, asked with\s+\[redacted\]\n/,
    );
    assert.match(stderr, /x bug {2}what was changed is not known {2}\(exit 1\)\n {2}next {7}hd status\n$/);
    assert.doesNotMatch(stderr, /at .*\.ts:\d+/);
    const [name = ''] = await readdir(join(folder, 'hd'));
    const file = join(folder, 'hd', name);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const report = await readFile(file, 'utf8');
    assert.match(report, /at Bug\.execute/);
    const written = /averysecret|YXZlcnlzZWNyZXQ|F2ZXJ5c2VjcmV0|hdmVyeXNlY3JldA/;
    assert.doesNotMatch(report, written);
    assert.match(report, /authorization: 'Basic dXNlcj\[redacted\]',\s+url: '\[redacted\]'/);
    const debug = await hd(['bug'], { env: { ...env, HD_DEBUG: '1' } });
    assert.match(debug.stderr, /at Bug\.execute/);
    assert.doesNotMatch(debug.stderr, written);
  });

  it('shows the stack with HD_DEBUG', async () => {
    const { stderr } = await hd(['bug'], { env: { HD_DEBUG: '1', XDG_STATE_HOME: folder } });
    assert.match(stderr, /at Bug\.execute/);
  });

  it('ends so as well for what is thrown where nobody waits', async () => {
    const { code, stderr } = await hd(['bug', '--later'], { env: { XDG_STATE_HOME: folder } });
    assert.equal(code, 1);
    assert.match(stderr, /a bug: an event nobody waits for\n/);
    assert.doesNotMatch(stderr, /at .*\.ts:\d+/);
  });

  it('says a bug with --json like every error', async () => {
    const { code, stdout, stderr } = await hd(['bug', '--json'], { env: { XDG_STATE_HOME: folder } });
    assert.deepEqual([code, stderr], [1, '']);
    const { error } = JSON.parse(stdout) as { error: { code: string; exit: number } };
    assert.deepEqual([error.code, error.exit], ['bug', 1]);
  });
});

describe('a wrong command line is exit 2, in the form of every error', function () {
  this.timeout(30_000);

  const cases: readonly [string, readonly string[], RegExp, RegExp][] = [
    [
      'an unknown command',
      ['lok'],
      /failed {5}"lok" is not a command of hd\n {2}write {6}look\n/,
      /hd --help\n$/,
    ],
    [
      'an unknown flag',
      ['look', '--wiat'],
      /failed {5}no such flag: --wiat\n {2}write {6}--wait\n/,
      /hd look --help\n$/,
    ],
    ['a missing argument', ['change'], /failed {5}ENV is missing\n/, /hd change --help\n$/],
    [
      'a word too many',
      ['change', 'prod', 'now'],
      /failed {5}nothing is expected here: "now"\n/,
      /hd change --help\n$/,
    ],
    [
      'a flag without its value',
      ['change', 'prod', '--confirm'],
      /failed {5}flag --confirm expects a value\n/,
      /hd change --help\n$/,
    ],
    [
      'a value of the wrong kind',
      ['look', '--rows', 'x'],
      /failed {5}parsing --rows: Expected an integer but received: x\n/,
      /hd look --help\n$/,
    ],
  ];
  for (const [name, argv, failed, next] of cases) {
    it(name, async () => {
      const { code, stdout, stderr } = await hd(argv);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, failed);
      assert.match(stderr, /\nx usage {2}nothing was asked or changed {2}\(exit 2\)\n/);
      assert.match(stderr, next);
    });
  }

  it('never pastes the nearest name into the next command', async () => {
    const { stderr } = await hd(['chnage', 'prod']);
    assert.match(stderr, /write {6}change\n/);
    assert.doesNotMatch(stderr, /hd change/);
  });

  it('with --json', async () => {
    const { code, stdout, stderr } = await hd(['change', '--json']);
    assert.deepEqual([code, stderr], [2, '']);
    assert.deepEqual(JSON.parse(stdout), {
      schemaVersion: 1,
      error: { code: 'usage', exit: 2, message: 'ENV is missing', hint: 'hd change --help' },
    });
  });

  it('without a terminal nothing is asked: the flag is named (story 19)', async () => {
    const { code, stderr } = await hd(['change', 'prod']);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      `  failed     prod needs its name, and there is no terminal to ask on
  write      --confirm prod

x usage  nothing was asked or changed  (exit 2)
  next       hd change prod --confirm prod
`,
    );
  });

  it('--yes never covers production', async () => {
    assert.equal((await hd(['change', 'prod', '--yes'])).code, 2);
    assert.equal((await hd(['change', 'staging', '--yes'])).code, 0);
    assert.equal((await hd(['change', 'staging'])).code, 2);
  });

  it('--confirm must name what changes', async () => {
    assert.equal((await hd(['change', 'prod', '--confirm', 'prod'])).code, 0);
    const { code, stderr } = await hd(['change', 'prod', '--confirm', 'staging']);
    assert.equal(code, 2);
    assert.match(stderr, /--confirm names "staging", and this changes prod/);
  });
});

describe('signals', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${signal} asks a flow to stop, which says what serves, exit 130`, async () => {
      let sent = false;
      const { code, stdout, stderr } = await hd(['work'], {
        onStderr: (child, text) => {
          if (!sent && working.test(text)) sent = child.kill(signal);
        },
      });
      assert.equal(code, 130);
      assert.match(stderr, /warn {2}stopping at the next safe point\n/);
      assert.match(
        stdout,
        /^! interrupted {2}prod serves v1\.4\.0 on prod-1, v1\.3\.2 on prod-2 {2}\(exit 130\)\n/,
      );
    });
  }

  it('a SIGTERM right after a SIGINT is the same wish, a second SIGINT leaves now', async () => {
    let state = 'working';
    const { code, stdout } = await hd(['work', '--deaf'], {
      onStderr: (child, text) => {
        if (state === 'working' && working.test(text)) {
          state = 'asked';
          child.kill('SIGINT');
        } else if (state === 'asked' && text.includes('stopping')) {
          state = 'left';
          child.kill('SIGTERM');
          child.kill('SIGINT');
        }
      },
    });
    assert.equal(code, 130);
    assert.match(stdout, /^! interrupted {2}prod-2 is not known {2}\(exit 130\)\n/);
  });

  it('end at once what only looks', async () => {
    let sent = false;
    const { code, stdout } = await hd(['look', '--wait'], {
      onStderr: (child) => {
        if (!sent) sent = child.kill('SIGINT');
      },
    });
    assert.equal(code, 130);
    assert.match(stdout, /interrupted/);
  });
});

describe('--report', () => {
  it('writes what --json says, and that it can not is said before the verdict', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hd-report-'));
    const stop = async (path: string, ...flags: string[]) => {
      let sent = false;
      const onStderr = (child: { kill(signal: NodeJS.Signals): boolean }, text: string): void => {
        if (!sent && working.test(text)) sent = child.kill('SIGTERM');
      };
      return hd(['work', '--report', path, ...flags], { onStderr });
    };
    const file = join(folder, 'report.json');
    const { stdout } = await stop(file, '--json', '--plain');
    assert.equal(await readFile(file, 'utf8'), stdout);
    const { code, stderr } = await stop(join(folder, 'none', 'report.json'));
    assert.equal(code, 130);
    assert.match(stderr, /the report was not written to .*report\.json: ENOENT\n$/);
    await rm(folder, { recursive: true });
  });
});

describe('under GitHub Actions', () => {
  it('a failure is one annotation, and the verdict is in the summary and the report', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hd-summary-'));
    const [summary, output] = [join(folder, 'summary.md'), join(folder, 'output')];
    let sent = false;
    const { stderr, stdout } = await hd(['work'], {
      env: {
        ...{ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output },
        ...{ RUNNER_TEMP: folder, GH_TOKEN: 'ghp_0123456789abcdef' },
      },
      onStderr: (child, text) => {
        if (!sent && working.test(text)) sent = child.kill('SIGTERM');
      },
    });
    assert.equal(stderr.match(/^::error /gm)?.length, 1);
    assert.match(
      stderr,
      /^::error title=interrupted%3A prod serves v1\.4\.0 on prod-1%2C v1\.3\.2 on prod-2::next: hd resume prod$/m,
    );
    assert.match(stdout, /^! interrupted/);
    assert.match(
      await readFile(summary, 'utf8'),
      /^```text\n! interrupted .*\n {2}next {7}hd resume prod\n```\n\n\| host \| serves \|\n.*\n\| prod-1 \| v1\.4\.0 \|\n$/s,
    );
    const report = join(folder, 'hd-report.json');
    assert.equal(await readFile(output, 'utf8'), `report=${report}\n`);
    const { error, exit, serves } = JSON.parse(await readFile(report, 'utf8')) as Record<string, unknown>;
    assert.deepEqual([exit, (error as { code: string }).code], [130, 'interrupted']);
    assert.deepEqual(serves, [{ host: 'prod-1', version: '1.4.0', note: '[redacted]' }]);
    await rm(folder, { recursive: true });
  });
});

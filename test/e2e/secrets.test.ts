import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGISTRY_PASSWORD } from '../support/oci.ts';
import { assertEnding, jsonOf } from './support/ending.ts';
import { GuardedRegistry } from './support/guarded-registry.ts';
import type { HdResult } from './support/lab.ts';
import { project, type Project } from './support/project.ts';

const BACKEND = 'acme/healthdelta-backend';
const DIRECTORY = '/opt/healthdelta';
/** Each as nothing else is. `lab-login-a` is the token of GitHub that every test has. */
const SECRETS = {
  GH_TOKEN: 'lab-login-a',
  HD_SMOKE_TOKEN: 'smoke/told+nobody',
  HD_REGISTRY_PASSWORD: REGISTRY_PASSWORD,
  APP_SECRET: 'app?told&no body/at+all',
};

/** A value as it is, and as programs write it; of base64 what is its own wherever it stands. */
function written(value: string): string[] {
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.from(`${':'.repeat(before)}${value}`).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + value.length) * 8) / 6));
  });
  const url = encodeURIComponent(value);
  const forms = [value, url, url.toLowerCase(), url.replaceAll('%20', '+'), ...base64];
  return [...forms, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

function assertSilent(text: string, where: string): void {
  for (const [name, value] of Object.entries(SECRETS)) {
    for (const form of written(value)) {
      const at = text.indexOf(form);
      const near = text.slice(Math.max(0, at - 200), at + 200);
      assert.equal(at, -1, `${name} as ${form} in ${where}: …${near}…`);
    }
  }
}

/** Looks at every process of this machine and of the hosts while the story runs. */
async function watched<T>(
  story: () => Promise<T>,
): Promise<{ told: T; commands: string[]; environments: string[] }> {
  const watch = spawn(process.execPath, [join(import.meta.dirname, 'support', 'process-watch.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  let seen = '';
  const began = Promise.withResolvers<undefined>();
  const ended = new Promise((resolve) => watch.once('close', resolve));
  watch.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    began.resolve(undefined);
  });
  try {
    await began.promise;
    const told = await story();
    watch.stdin.end();
    await ended;
    return { told, ...(JSON.parse(seen) as { commands: string[]; environments: string[] }) };
  } finally {
    watch.stdin.end();
  }
}

describe('secrets', function () {
  this.timeout(90_000);
  let here: Project;
  let guarded: GuardedRegistry;
  let cwd: string;
  let state: string;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('orin');
    guarded = await GuardedRegistry.open(here.lab, 'orin');
    await guarded.push(BACKEND, ['v5.0.0', 'v5.1.0', 'v5.2.0']);
    const line = `APP_SECRET='${SECRETS.APP_SECRET}'`;
    await here.lab.ssh('orin', `umask 077; cat > ${DIRECTORY}/.env`, `${line}\n`);
    const orin = here.environment('orin');
    const checks = orin['checks'] as Record<string, unknown>;
    const [smoke] = checks['smoke'] as object[];
    const login = { username: 'ana', password_env: 'HD_REGISTRY_PASSWORD' };
    cwd = await here.checkout(
      {
        orin: {
          ...orin,
          env_files: ['.env'],
          checks: { ...checks, smoke: [{ ...smoke, token_env: 'HD_SMOKE_TOKEN' }] },
        },
      },
      { images: { backend: `${guarded.host}/${BACKEND}` }, registries: { [guarded.host]: { login } } },
    );
    state = await mkdtemp(join(tmpdir(), 'hd-test-state-'));
  });
  after(async () => {
    await guarded.close('orin');
    await here.lab.reset('orin');
    await rm(state, { recursive: true, force: true });
  });

  const hd = (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<HdResult> => {
    const { APP_SECRET, ...operator } = SECRETS;
    return here.hd(args, { cwd, env: { ...operator, XDG_STATE_HOME: state, ...env } });
  };
  const deploy = (tag: string, ...more: string[]) => hd(['deploy', 'orin', '--tag', tag, '--yes', ...more]);
  const silent = ({ stdout, stderr }: HdResult): void => {
    assertSilent(stdout, 'stdout');
    assertSilent(stderr, 'stderr');
  };
  /** Everything that hd keeps on the host, byte for byte. */
  const kept = (): Promise<string> =>
    here.lab.onHost('orin', [
      'sh',
      '-c',
      `cd ${DIRECTORY} && find . -type f ! -name .env -print -exec cat {} +`,
    ]);

  it('that are not there are asked for before anything is begun', async () => {
    for (const name of ['HD_SMOKE_TOKEN', 'HD_REGISTRY_PASSWORD']) {
      const result = await hd(['deploy', 'orin', '--tag', 'v5.0.0', '--yes'], { [name]: undefined });
      assertEnding(result, { exit: 2, outcome: 'usage', says: [`${name}, which is not set`] });
    }
    assert.equal(await here.lab.onHost('orin', ['sh', '-c', `ls ${DIRECTORY}`]), '');
  });

  it('are in no argument of any process, here or there, and only where they are needed in an environment', async () => {
    const { told, commands, environments } = await watched(() => deploy('v5.0.0'));
    assertEnding(told, { exit: 0, outcome: 'confirmed', serves: 'orin serves v5.0.0 on 1 of 1 host' });
    silent(told);
    // It has looked: these ran for a moment only.
    for (const program of ['docker\0pull\0', 'docker\0compose\0'])
      assert.ok(
        commands.some((each) => each.includes(program)),
        `${program} was not seen among ${commands.length}`,
      );
    assertSilent(commands.join('\n'), 'the arguments of a process');
    assert.ok(environments.some((each) => each.includes('DOCKER_CONFIG=')));
    for (const name of ['GH_TOKEN', 'HD_SMOKE_TOKEN', 'HD_REGISTRY_PASSWORD'] as const)
      assert.ok(!environments.join('\n').includes(SECRETS[name]), `${name} was given to the host`);
  });

  it('are told in no form by a service that tells them, in its log, its answers and its last words', async () => {
    silent(await deploy('v5.1.0', '--dry-run'));
    silent(await deploy('v5.1.0', '--dry-run', '--json'));
    const careless = await deploy('v5.1.0');
    assertEnding(careless, {
      exit: 6,
      outcome: 'rolled-back',
      serves: 'orin serves v5.0.0 on 1 of 1 host, as before',
      says: ['GET /ready: 503', '[redacted] [redacted]'],
    });
    silent(careless);
    const crashed = await hd(['deploy', 'orin', '--tag', 'v5.2.0', '--yes'], { HD_DEBUG: '1' });
    assertEnding(crashed, { exit: 6, outcome: 'rolled-back', says: ['out of luck after 0.2 s [redacted]'] });
    silent(crashed);
    const json = await deploy('v5.1.0', '--json');
    assert.equal(jsonOf(json)['outcome'], 'rolled-back');
    silent(json);
    for (const args of [
      ['status', 'orin'],
      ['history', 'orin'],
      ['verify', 'orin', '--json'],
    ])
      silent(await hd(args));
  });

  it('are not in what is kept on the host, which nobody else can read', async () => {
    const all = await kept();
    assert.match(all, /"kind":"finished"/);
    assert.match(all, /FATAL \[redacted\] \[redacted\]/);
    assert.match(all, /refused[^A-Za-z]+\[redacted\]/);
    assertSilent(all, 'the files of hd on the host');
    const open = `cd ${DIRECTORY} && find .hd \\( -type f -o -type d \\) -perm /077 && find releases -maxdepth 0 -perm /077`;
    assert.equal(await here.lab.onHost('orin', ['sh', '-c', open]), '');
    const logins = `find ${DIRECTORY}/.hd -name 'docker.*'`;
    assert.equal(await here.lab.onHost('orin', ['sh', '-c', logins]), '');
  });

  it('are not in what is kept here', async () => {
    for (const name of await readdir(state, { recursive: true, withFileTypes: true })) {
      if (name.isFile()) assertSilent(await readFile(join(name.parentPath, name.name), 'utf8'), name.name);
    }
  });
});

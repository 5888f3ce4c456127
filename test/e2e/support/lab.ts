/** A real lab for tests: hosts, registry, GitHub, and `hd` as a person would run it there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'mocha';
import { hdEntry } from '../../../src/lib/lab/assets.ts';
import * as faults from '../../../src/lib/lab/faults.ts';
import { labHome, type Lab, type LabHome } from '../../../src/lib/lab/home.ts';
import { attempt, run, until, type Ran } from '../../../src/lib/lab/process.ts';
import { commitAndPush, projectDir } from '../../../src/lib/lab/project.ts';
import { labEnvironment, up } from '../../../src/lib/lab/up.ts';
import { sshConfigFile } from '../../../src/lib/lab/ssh.ts';

export interface HdOptions {
  /** Default: the clone of the sample project. */
  cwd?: string;
  /** Besides the lab's own; undefined takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  input?: string;
  /** Default two minutes. */
  timeoutMs?: number;
}

export interface HdResult {
  exit: number;
  stdout: string;
  stderr: string;
}

const ends: (() => Promise<void>)[] = [];
after(async function () {
  this.timeout(60_000);
  await Promise.all(ends.map((end) => end()));
});

let shared: Promise<TestLab> | undefined;

/** The lab that all suites of this run share, with at least these hosts; made when it is first asked for. */
export async function sharedLab(...hosts: string[]): Promise<TestLab> {
  shared ??= ownLab();
  const lab = await shared;
  await lab.add(...hosts);
  return lab;
}

/** A lab of one's own, down when the run ends. */
export async function ownLab(...hosts: string[]): Promise<TestLab> {
  const dir = await mkdtemp(join(tmpdir(), 'hd-test-lab-'));
  const env = { ...process.env, HD_LAB_HOME: dir };
  const reaper = spawn(process.execPath, [join(import.meta.dirname, 'reaper.ts')], {
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  reaper.unref();
  const gone = once(reaper, 'exit');
  ends.push(async () => {
    reaper.stdin.end();
    await gone;
  });
  const lab = new TestLab(labHome(env), env);
  await lab.add(...hosts);
  return lab;
}

export class TestLab {
  readonly home: LabHome;
  readonly #env: NodeJS.ProcessEnv;
  #lab: Lab | undefined;

  constructor(home: LabHome, env: NodeJS.ProcessEnv) {
    this.home = home;
    this.#env = env;
  }

  /** Brings up these hosts besides those that there are, and starts what is off. */
  async add(...hosts: string[]): Promise<void> {
    const there = this.#lab?.hosts.map((host) => host.name) ?? [];
    if (this.#lab !== undefined && hosts.every((name) => there.includes(name))) return;
    this.#lab = await up(this.home, hosts, this.#env, { event: () => undefined });
  }

  /** Addresses, ports, names. */
  get lab(): Lab {
    if (this.#lab === undefined) throw new Error('the lab is not up');
    return this.#lab;
  }

  /** The clone of the sample project. */
  get project(): string {
    return projectDir(this.home);
  }

  /** `127.0.0.1:PORT`, here and on every host. */
  get registry(): string {
    return `127.0.0.1:${this.lab.registry.port}`;
  }

  /** What `hd` runs with: the lab's variables, nothing of CI, a home of its own, no colour. */
  get env(): Record<string, string | undefined> {
    const none = ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'GITHUB_TOKEN', 'GH_HOST', 'FORCE_COLOR'];
    return {
      ...Object.fromEntries(none.map((name) => [name, undefined])),
      ...labEnvironment(this.home, this.lab),
      ...{ HOME: this.home.dir, NO_COLOR: '1', TERM: 'dumb' },
    };
  }

  /** Runs `hd` and gives back how it ended. */
  async hd(args: readonly string[], options: HdOptions = {}): Promise<HdResult> {
    const ran = await attempt([process.execPath, hdEntry(), ...args], {
      cwd: options.cwd ?? this.project,
      env: { ...this.env, ...options.env },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    return { exit: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  }

  /** Writes these files (path → text) into the project, commits and pushes them; gives back the commit. */
  async commit(files: Readonly<Record<string, string>>, message: string): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.project, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      if (path.endsWith('.pl')) await chmod(file, 0o755);
    }
    return commitAndPush(this.project, message);
  }

  /**
   * Publishes a version past `hd release`: commits the service's behaviour, pushes the tag, and waits until the
   * release workflow has built and pushed the image. Gives back the commit.
   */
  async publish(version: string, behaviour = ''): Promise<string> {
    const commit = await this.commit({ behaviour: `# ${version}\n${behaviour}\n` }, `Make ${version}`);
    await this.git('tag', '--annotate', '--message', version, `v${version}`);
    await this.git('push', '--quiet', 'origin', `v${version}`);
    const conclusion = await until(`the run of v${version} ends`, 60_000, () =>
      this.#conclusion(`v${version}`),
    );
    if (conclusion !== 'success') throw new Error(`the run of v${version} ended with ${conclusion}`);
    return commit;
  }

  async #conclusion(tag: string): Promise<string | undefined> {
    const body = (await this.api(`/repos/acme/healthdelta/actions/runs?branch=${tag}`)) as {
      workflow_runs: { status: string; conclusion: string | null }[];
    };
    return body.workflow_runs.find((each) => each.status === 'completed')?.conclusion ?? undefined;
  }

  /** Asks the lab's GitHub; gives back the body. */
  async api(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${labEnvironment(this.home, this.lab)['GH_TOKEN'] ?? ''}` };
    const answer = await fetch(`${this.lab.github.url}${path}`, {
      headers,
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  git(...args: string[]): Promise<string> {
    return run(['git', ...args], { cwd: this.project });
  }

  /** Over SSH, as the operator could: a command and how it ended. */
  ssh(host: string, command: string, input?: string): Promise<Ran> {
    const limits = ['-o', 'ConnectTimeout=5', '-o', 'BatchMode=yes'];
    const argv = ['ssh', '-F', sshConfigFile(this.home), ...limits, host, command] as const;
    return attempt(argv, input === undefined ? {} : { input });
  }

  /** As root at the machine itself, past SSH; also on a host that is cut. */
  onHost(host: string, argv: readonly string[], input?: string): Promise<string> {
    return faults.inHost(this.lab, host, argv, input);
  }

  /** What the service answers on the host itself; status 0 if nobody answers. */
  async httpFromHost(host: string, path: string): Promise<{ status: number; body: string }> {
    const text = await this.onHost(host, [
      ...['sh', '-c', 'curl --silent --max-time 5 --write-out "\\n%{http_code}" "$1" || true', 'sh'],
      `http://127.0.0.1:8000${path}`,
    ]);
    const end = text.lastIndexOf('\n');
    return { status: Number(text.slice(end + 1)), body: text.slice(0, Math.max(end, 0)) };
  }

  /** The version that serves on the host; undefined if none does. */
  async serves(host: string): Promise<string | undefined> {
    const { status, body } = await this.httpFromHost(host, '/version');
    return status === 200 ? (JSON.parse(body) as { version: string }).version : undefined;
  }

  /** As if nothing had ever been deployed: no containers, no images, an empty directory, reached and with room. */
  async reset(host: string): Promise<void> {
    await this.mend(host);
    await this.onHost(host, ['sh', '-c', RESET]);
  }

  cut(host: string): Promise<void> {
    return faults.cut(this.lab, host);
  }

  mend(host: string): Promise<void> {
    return faults.mend(this.lab, host);
  }

  powerOff(host: string): Promise<void> {
    return faults.powerOff(this.lab, host);
  }

  powerOn(host: string): Promise<void> {
    return faults.powerOn(this.lab, host);
  }

  reboot(host: string): Promise<void> {
    return faults.reboot(this.lab, host);
  }

  fillDisk(host: string, directory = '/opt/healthdelta'): Promise<void> {
    return faults.fillDisk(this.lab, host, directory);
  }

  freeDisk(host: string, directory = '/opt/healthdelta'): Promise<void> {
    return faults.freeDisk(this.lab, host, directory);
  }

  stopEngine(host: string): Promise<void> {
    return faults.stopEngine(this.lab, host);
  }

  startEngine(host: string): Promise<void> {
    return faults.startEngine(this.lab, host);
  }

  shiftClock(host: string, seconds: number): Promise<void> {
    return faults.shiftClock(this.lab, host, seconds);
  }

  /** The host's key is another one from now on; known_hosts still has the old one. */
  changeHostKey(host: string): Promise<void> {
    return faults.changeHostKey(this.lab, host);
  }

  /** Writes the hosts' keys of now into known_hosts. */
  async trustHostKeys(): Promise<void> {
    this.#lab = await up(this.home, [], this.#env, { event: () => undefined });
  }

  stopRegistry(): Promise<void> {
    return faults.stopRegistry(this.lab);
  }

  startRegistry(): Promise<void> {
    return faults.startRegistry(this.lab);
  }
}

const RESET = `set -eu
docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
docker image prune --all --force >/dev/null
docker network prune --force >/dev/null
find /opt/healthdelta -mindepth 1 -delete`;

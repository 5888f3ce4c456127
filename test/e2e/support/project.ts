/** The world of the end-to-end tests of deploy, verify, rollback and their kin: one lab, and releases to deploy. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'mocha';
import { stringify } from 'yaml';
import { hdEntry } from '../../../src/lib/lab/assets.ts';
import { Docker } from '../../../src/lib/lab/docker.ts';
import { bareRepository } from '../../../src/lib/lab/emulator.ts';
import { run, until } from '../../../src/lib/lab/process.ts';
import { sshConfigFile } from '../../../src/lib/lab/ssh.ts';
import { Terminal } from '../../support/terminal.ts';
import { ownLab, type HdOptions, type HdResult, type TestLab } from './lab.ts';
import { recipes } from './recipes.ts';
import { makeReleases, type Built } from './releases.ts';
import { Running } from './running.ts';
import { assertSound, type Kept } from './sound.ts';

export const WEB = ['web-1', 'web-2', 'web-3'] as const;
const HOSTS = ['orin', ...WEB] as const;

type Yaml = Record<string, unknown>;

let shared: Promise<Project> | undefined;

/** One for all suites of a run; made when it is first asked for (about 20 seconds). */
export function project(): Promise<Project> {
  shared ??= Project.open();
  return shared;
}

export interface Container {
  id: string;
  startedAt: string;
  image: string;
  running: boolean;
}

export class Project {
  readonly lab: TestLab;
  readonly releases: ReadonlyMap<string, Built>;
  /** Where `hosts: [local]` serves. */
  readonly localPort: number;
  readonly #checkouts: string[] = [];

  private constructor(lab: TestLab, releases: ReadonlyMap<string, Built>, localPort: number) {
    this.lab = lab;
    this.localPort = localPort;
    this.releases = releases;
  }

  static async open(): Promise<Project> {
    const lab = await ownLab(...HOSTS);
    const docker = new Docker(lab.lab.dockerHost);
    const cache = `${lab.registry}/acme/cache:7`;
    await docker.run(['tag', lab.lab.perlImage, cache]);
    await docker.run(['push', '--quiet', cache]);
    // Tags are pushed here past the release workflow, which would build every image a second time.
    await lab.git('rm', '--quiet', '.github/workflows/release.yml');
    await lab.commit({ 'hd.yml': stringify(baseConfig(lab)) }, 'Describe the environments');
    const quick = `Include ${sshConfigFile(lab.home)}\n${QUICK_SSH}`;
    await writeFile(join(lab.home.dir, 'ssh_config_quick'), quick);
    const port = await freePort();
    const releases = await makeReleases(lab, recipes(lab.registry, port, lab.home.id));
    const made = new Project(lab, releases, port);
    after(async () => {
      await Promise.all(made.#checkouts.map((dir) => rm(dir, { recursive: true, force: true })));
    });
    return made;
  }

  /** An environment of hd.yml as the tests have it. */
  environment(name: string): Yaml {
    return baseConfig(this.lab).environments[name] ?? {};
  }

  release(tag: string): Built & { image: string } {
    const found = this.releases.get(tag);
    assert.ok(found?.image !== undefined, `no image of ${tag}`);
    return { ...found, image: found.image };
  }

  hd(args: readonly string[], options: HdOptions = {}): Promise<HdResult> {
    return this.lab.hd(args, { ...options, env: { ...this.#quick, ...options.env } });
  }

  /** What `hd` runs with here. */
  get env(): Record<string, string | undefined> {
    return { ...this.lab.env, ...this.#quick };
  }

  /** A host that does not answer is given up within seconds. */
  get #quick(): Record<string, string> {
    return {
      HD_SSH_CONFIG: join(this.lab.home.dir, 'ssh_config_quick'),
      HD_RECONNECT: '2s',
      HD_WAIT: 'true',
    };
  }

  /** Begins hd and gives it back while it runs. */
  start(args: readonly string[], cwd = this.lab.project, env: HdOptions['env'] = {}): Running {
    return new Running([process.execPath, hdEntry(), ...args], cwd, {
      ...process.env,
      ...this.lab.env,
      ...this.#quick,
      ...env,
    });
  }

  /** hd on a terminal of 100 columns, where it can ask. */
  terminal(args: readonly string[], cwd = this.lab.project): Terminal {
    const env: Record<string, string | undefined> = {
      ...this.lab.env,
      ...this.#quick,
      TERM: 'xterm-256color',
    };
    const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return new Terminal([process.execPath, hdEntry(), ...args], {
      columns: 100,
      rows: 50,
      cwd,
      env: Object.fromEntries(given),
    });
  }

  /** Another clone, whose hd.yml differs by these keys: of environments, and of the top. */
  async checkout(environments: Readonly<Record<string, Yaml | undefined>>, top: Yaml = {}): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'hd-test-clone-'));
    this.#checkouts.push(dir);
    await run(['git', 'clone', '--quiet', '--no-hardlinks', bareRepository(this.lab.home), dir]);
    const base = baseConfig(this.lab);
    const merged = { ...base, ...top, environments: { ...base.environments, ...environments } };
    await writeFile(join(dir, 'hd.yml'), stringify(merged));
    return dir;
  }

  /**
   * hd.yml on the release branch, and here, differs by these keys, until it is called without any (D10: what an
   * environment demands is read from there).
   */
  async rules(environments: Readonly<Record<string, Yaml>> = {}, top: Yaml = {}): Promise<void> {
    const base = baseConfig(this.lab);
    const changed = Object.entries(environments).map(([name, own]): [string, Yaml] => [
      name,
      { ...base.environments[name], ...own },
    ]);
    const merged = {
      ...base,
      ...top,
      environments: { ...base.environments, ...Object.fromEntries(changed) },
    };
    const text = stringify(merged);
    if (text !== (await readFile(join(this.lab.project, 'hd.yml'), 'utf8')))
      await this.lab.commit({ 'hd.yml': text }, 'Change the rules');
  }

  /** What the lab's GitHub is asked as somebody, or told. */
  async asks(token: string, method: string, path: string, body?: Yaml): Promise<unknown> {
    const answer = await fetch(`${this.lab.lab.github.url}/repos/acme/healthdelta${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  /** A folder that is no clone, with only these files: hd.yml as the tests have it unless it is among them. */
  async folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'hd-test-folder-'));
    this.#checkouts.push(dir);
    const all = { 'hd.yml': stringify(baseConfig(this.lab)), ...files };
    for (const [name, text] of Object.entries(all)) await writeFile(join(dir, name), text);
    return dir;
  }

  /** hd.yml without a repository: nothing is asked of GitHub. */
  get withoutRepository(): string {
    return stringify({ ...baseConfig(this.lab), repository: undefined });
  }

  /** Deploys to an environment that is no production one, or to prod, and asserts that it is confirmed. */
  async deploy(environment: string, tag: string, options: HdOptions = {}): Promise<HdResult> {
    const agree = environment === 'prod' ? ['--confirm', 'prod'] : ['--yes'];
    const result = await this.hd(['deploy', environment, '--tag', tag, ...agree], options);
    assert.equal(result.exit, 0, `${tag} on ${environment}:\n${result.stderr}${result.stdout}`);
    return result;
  }

  /** Nothing was ever deployed, then these were, one after the other. */
  async fresh(environment: 'orin' | 'prod', ...tags: readonly string[]): Promise<void> {
    const hosts = environment === 'orin' ? ['orin'] : WEB;
    // The heads of a ledger that is gone would be those of one that was cut off.
    const forgotten = this.#control('DELETE', 'deployments', { environment });
    await Promise.all([forgotten, ...hosts.map((host) => this.lab.reset(host))]);
    for (const tag of tags) await this.deploy(environment, tag);
  }

  /** As `fresh`, unless the last of these serves: a story that ended badly does not spoil the next one. */
  async ensure(environment: 'orin' | 'prod', ...tags: readonly string[]): Promise<void> {
    const hosts = environment === 'orin' ? ['orin'] : WEB;
    const serve = await Promise.all(hosts.map((host) => this.lab.serves(host)));
    if (serve.some((version) => `v${version ?? ''}` !== tags.at(-1))) await this.fresh(environment, ...tags);
  }

  /** The host's files are sound, and it serves this version, or nothing, by its own word. */
  async assertServes(host: string, version: string | undefined, unended = 0): Promise<Kept> {
    const [serves, kept] = await Promise.all([
      this.lab.serves(host),
      assertSound(this.lab, host, { unended }),
    ]);
    assert.equal(serves, version, `what ${host} serves`);
    if (version !== undefined) assert.equal(kept.current?.release.version, version, `current of ${host}`);
    return kept;
  }

  /** A service's container on a host, as Docker has it. */
  async container(host: string, service: string): Promise<Container> {
    const format =
      '{"id":"{{.Id}}","startedAt":"{{.State.StartedAt}}","image":"{{.Config.Image}}","running":{{.State.Running}}}';
    const filter = `label=com.docker.compose.service=${service}`;
    const ids = await this.lab.onHost(host, ['docker', 'ps', '--all', '--quiet', '--filter', filter]);
    assert.match(ids, /^[0-9a-f]+$/, `one container of ${service} on ${host}`);
    return JSON.parse(
      await this.lab.onHost(host, ['docker', 'inspect', '--format', format, ids]),
    ) as Container;
  }

  /** The lab's GitHub goes wrong: the next requests that match (method, path) get this. */
  async fault(fault: Yaml): Promise<void> {
    await this.#control('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#control('DELETE', 'faults');
  }

  /** The rate limit begins anew, as it does each hour. */
  async anHourLater(): Promise<void> {
    await this.#control('DELETE', 'limits');
  }

  /** Requests and answers that GitHub's description of its API does not know. */
  async violations(): Promise<unknown> {
    return (await this.#control('GET', 'violations')).json();
  }

  /** What the lab's GitHub offers: as an older server, say. */
  async features(features: Yaml): Promise<void> {
    await this.#control('PATCH', 'features', features);
  }

  async #control(method: string, path: string, body?: Yaml): Promise<Response> {
    const answer = await fetch(`${this.lab.lab.github.url}/_lab/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer;
  }

  /** As if its time were over: nobody waits half a minute in a test. */
  async leaseEnds(host: string): Promise<void> {
    const lock = '/opt/healthdelta/.hd/lock';
    await this.lab.onHost(host, ['sed', '-i', 's/"expires":[0-9]*/"expires":1/', lock]);
  }

  /** Asks until it is so, for at most 20 seconds. */
  async waitFor(what: string, ask: () => Promise<boolean>): Promise<void> {
    await until(what, 20_000, async () => ((await ask()) ? true : undefined));
  }

  /** From this host, and to this host alone, the registry's port is closed. */
  async closeRegistry(host: string): Promise<void> {
    await this.lab.onHost(host, ['iptables', '-I', ...this.#closed]);
  }

  async openRegistry(host: string): Promise<void> {
    await this.lab.onHost(host, ['iptables', '-D', ...this.#closed]);
  }

  get #closed(): string[] {
    const to = ['-d', this.lab.lab.registry.address, '-p', 'tcp', '--dport', '5000'];
    return ['OUTPUT', ...to, '-j', 'REJECT', '--reject-with', 'tcp-reset'];
  }

  /** The registry stands still (its connections hang) until it goes on. */
  async pauseRegistry(): Promise<void> {
    await new Docker(this.lab.lab.dockerHost).run(['pause', this.lab.lab.registry.container]);
  }

  async unpauseRegistry(): Promise<void> {
    await new Docker(this.lab.lab.dockerHost).attempt(['unpause', this.lab.lab.registry.container]);
  }
}

/** A TCP port of this machine that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const QUICK_SSH = `Host *
  ConnectTimeout 3
  ServerAliveInterval 1
  ServerAliveCountMax 3
`;

const QUICK = { attempts: 3, delay: '100ms', timeout: '2s' };

/** hd.yml of the tests: few attempts and a short settle, so that a failure does not take its time. */
function baseConfig(lab: TestLab): { environments: Readonly<Record<string, Yaml>> } & Yaml {
  return {
    app: 'healthdelta',
    repository: 'acme/healthdelta',
    images: { backend: `${lab.registry}/acme/healthdelta-backend` },
    environments: {
      orin: {
        hosts: ['orin'],
        url: 'http://127.0.0.1:8000',
        rollout: { settle: '500ms', timeout: '20s' },
        checks: {
          live: { path: '/healthz', ...QUICK },
          ready: { path: '/ready', ...QUICK },
          version: { path: '/version', ...QUICK },
          smoke: [{ name: 'status', path: '/api/v1/system/status', ...QUICK }],
        },
      },
      prod: { extends: 'orin', production: true, hosts: [...WEB] },
    },
  };
}

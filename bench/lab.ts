/** The world that is measured: a lab of its own, releases of hd's project, and the same images for a plain script. */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hdEntry } from '../src/lib/lab/assets.ts';
import { Docker } from '../src/lib/lab/docker.ts';
import { down } from '../src/lib/lab/down.ts';
import { inHost } from '../src/lib/lab/faults.ts';
import { labHome, type Lab, type LabHome } from '../src/lib/lab/home.ts';
import { run } from '../src/lib/lab/process.ts';
import { commitAndPush, projectDir, registryName } from '../src/lib/lab/project.ts';
import { sshConfigFile } from '../src/lib/lab/ssh.ts';
import { labEnvironment, up } from '../src/lib/lab/up.ts';
import { PeakMemory, type Program } from './time.ts';

const NEW_BYTES = 10_000_000;
const PLAIN_PORT = 8001;
const PLAIN_DIRECTORY = '/opt/plain';

/** What sshd was asked for. */
export interface Wire {
  connections: number;
  commands: number;
}

export class BenchLab {
  readonly lab: Lab;
  readonly memory: PeakMemory;
  readonly #home: LabHome;
  #versions = 0;

  private constructor(home: LabHome, lab: Lab, memory: PeakMemory) {
    this.#home = home;
    this.lab = lab;
    this.memory = memory;
  }

  static async open(hosts: number): Promise<BenchLab> {
    const home = labHome({ ...process.env, HD_LAB_HOME: await mkdtemp(join(tmpdir(), 'hd-bench-lab-')) });
    const names = Array.from({ length: hosts }, (_, index) => (hosts === 1 ? 'web' : `web-${index + 1}`));
    try {
      const lab = await up(home, names, process.env, { event: () => undefined });
      const bench = new BenchLab(home, lab, await PeakMemory.open());
      await bench.#prepareProject();
      await Promise.all(names.map((name) => bench.#prepareHost(name)));
      return bench;
    } catch (error) {
      await down(home, { purge: false }, process.env);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.memory.close();
    await down(this.#home, { purge: false }, process.env);
    await rm(this.#home.dir, { recursive: true, force: true });
  }

  get #project(): string {
    return projectDir(this.#home);
  }

  get #names(): string[] {
    return this.lab.hosts.map((host) => host.name);
  }

  #image(side: 'hd' | 'plain'): string {
    return `${registryName(this.lab)}/acme/${side === 'hd' ? 'healthdelta-backend' : 'plain-backend'}`;
  }

  async #prepareProject(): Promise<void> {
    // Tags are pushed past the release workflow, which would build every image a second time.
    await rm(join(this.#project, '.github'), { recursive: true });
    await writeFile(join(this.#project, 'hd.yml'), hdYml(this.#image('hd'), this.#names));
    await commitAndPush(this.#project, 'Describe the environment');
  }

  /** A directory for the plain script, and an sshd that writes down what it is asked for. */
  async #prepareHost(name: string): Promise<void> {
    await inHost(this.lab, name, ['install', '-d', '-o', 'deploy', PLAIN_DIRECTORY]);
    await inHost(
      this.lab,
      name,
      ['tee', `${PLAIN_DIRECTORY}/compose.yaml`],
      plainCompose(this.#image('plain')),
    );
    await inHost(this.lab, name, ['sh', '-c', LOUD_SSHD]);
  }

  /** Makes this many releases for each side, every image with a layer of new bytes; gives back their versions. */
  async releases(count: number): Promise<string[]> {
    const versions = Array.from({ length: count }, () => `1.${this.#versions++}.0`);
    for (const version of versions) {
      await writeFile(join(this.#project, 'behaviour'), `# ${version}\n`);
      const commit = await commitAndPush(this.#project, `Make ${version}`);
      await run(['git', 'tag', '--annotate', '--message', version, `v${version}`], { cwd: this.#project });
      for (const side of ['hd', 'plain'] as const) await this.#build(this.#image(side), version, commit);
    }
    await run(['git', 'push', '--quiet', 'origin', '--tags'], { cwd: this.#project });
    return versions;
  }

  async #build(image: string, version: string, commit: string): Promise<void> {
    const context = await mkdtemp(join(tmpdir(), 'hd-bench-build-'));
    try {
      for (const file of ['server.pl', 'behaviour']) await cp(join(this.#project, file), join(context, file));
      await writeFile(join(context, 'bytes'), randomBytes(NEW_BYTES));
      await writeFile(join(context, 'Dockerfile'), dockerfile(this.lab.perlImage, version, commit));
      const docker = new Docker(this.lab.dockerHost);
      await docker.run(['build', '--quiet', '--tag', `${image}:v${version}`, context]);
      await docker.run(['push', '--quiet', `${image}:v${version}`]);
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }

  /** `hd` as it is installed: the built bundle. */
  hd(...args: string[]): Program {
    return this.node(...this.memory.nodeArguments, hdEntry(), ...args);
  }

  /** With the lab's variables, nothing of CI, and a home and a compile cache of its own. */
  node(...args: string[]): Program {
    const none = ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'GITHUB_TOKEN', 'GH_HOST', 'FORCE_COLOR'];
    return {
      argv: [process.execPath, ...args],
      cwd: this.#project,
      env: {
        ...process.env,
        ...Object.fromEntries(none.map((name) => [name, undefined])),
        ...labEnvironment(this.#home, this.lab),
        HOME: this.#home.dir,
        XDG_CACHE_HOME: join(this.#home.dir, 'cache'),
      },
    };
  }

  /** The script that a person would write, on every host at once. */
  plain(version: string): Program[] {
    const script = [
      `cd ${PLAIN_DIRECTORY}`,
      `echo TAG=v${version} > .env`,
      'docker compose pull',
      'docker compose up -d --wait',
      `curl -fsS http://127.0.0.1:${PLAIN_PORT}/version`,
    ].join(' && ');
    return this.#names.map((name) => ({ argv: ['ssh', '-F', sshConfigFile(this.#home), name, script] }));
  }

  /** What the first host's sshd was asked for since the last time. */
  async wire(): Promise<Wire> {
    const name = this.#names[0] ?? '';
    const log = await inHost(this.lab, name, ['sh', '-c', `cat ${SSHD_LOG} && : > ${SSHD_LOG}`]);
    const count = (pattern: RegExp): number => [...log.matchAll(pattern)].length;
    return { connections: count(/Accepted publickey/g), commands: count(/Starting session/g) };
  }

  /** What hosts run. */
  engine(): Promise<string> {
    const script =
      'echo "Docker $(docker version --format {{.Server.Version}}), Compose $(docker compose version --short)"';
    return inHost(this.lab, this.#names[0] ?? '', ['sh', '-c', script]);
  }
}

const SSHD_LOG = '/run/sshd.log';
const LOUD_SSHD = `
kill "$(cat /run/sshd.pid)" && while [ -e /run/sshd.pid ]; do sleep 0.05; done
/usr/sbin/sshd -o LogLevel=VERBOSE -E ${SSHD_LOG}`;

function hdYml(image: string, names: readonly string[]): string {
  return `app: healthdelta
repository: acme/healthdelta
images:
  backend: ${image}
environments:
  web:
    hosts: [${names.join(', ')}]
    directory: /opt/healthdelta
    compose: [compose.yaml]
    url: http://127.0.0.1:8000
    rollout: {settle: 0s}
    checks:
      live: {path: /healthz}
      ready: {path: /ready}
      version: {path: /version}
      smoke:
        - {name: status, path: /api/v1/system/status}
`;
}

/** As the sample project's, with a tag that the script sets. */
function plainCompose(image: string): string {
  return `services:
  backend:
    image: ${image}:\${TAG}
    ports: ["${PLAIN_PORT}:8000"]
    restart: unless-stopped
    stop_grace_period: 10s
    healthcheck:
      test: [CMD, perl, /srv/server.pl, --probe, /ready]
      interval: 1s
      timeout: 2s
      retries: 3
      start_period: 3s
      start_interval: 100ms
`;
}

function dockerfile(base: string, version: string, commit: string): string {
  return `FROM ${base}
LABEL org.opencontainers.image.version="${version}" org.opencontainers.image.revision="${commit}"
ENV VERSION=${version} REVISION=${commit} CREATED=2026-01-01T00:00:00Z
COPY bytes server.pl behaviour /srv/
EXPOSE 8000
ENTRYPOINT ["perl", "/srv/server.pl"]
`;
}

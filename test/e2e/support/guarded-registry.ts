import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docker } from '../../../src/lib/lab/docker.ts';
import { until } from '../../../src/lib/lab/process.ts';
import { HTPASSWD, REGISTRY_PASSWORD } from '../../support/oci.ts';
import type { TestLab } from './lab.ts';

/** A second registry of the lab, that only `ana` may read: `127.0.0.1:PORT` here and on one host. */
export class GuardedRegistry {
  readonly host: string;
  readonly #lab: TestLab;
  readonly #docker: Docker;
  readonly #container: string;
  readonly #rules: readonly (readonly string[])[];

  private constructor(lab: TestLab, docker: Docker, container: string, port: string, address: string) {
    this.host = `127.0.0.1:${port}`;
    this.#lab = lab;
    this.#docker = docker;
    this.#container = container;
    this.#rules = [
      [
        'OUTPUT',
        '-d',
        '127.0.0.1',
        '-p',
        'tcp',
        '--dport',
        port,
        '-j',
        'DNAT',
        '--to-destination',
        `${address}:5000`,
      ],
      ['POSTROUTING', '-d', address, '-s', '127.0.0.1', '-p', 'tcp', '-j', 'MASQUERADE'],
    ];
  }

  static async open(lab: TestLab, onHost: string): Promise<GuardedRegistry> {
    const docker = new Docker(lab.lab.dockerHost);
    const inspect = (container: string, format: string) =>
      docker.run(['inspect', '--format', format, container]);
    const image = await inspect(lab.lab.registry.container, '{{.Config.Image}}');
    const auth = { AUTH: 'htpasswd', AUTH_HTPASSWD_REALM: 'lab', AUTH_HTPASSWD_PATH: '/lab/htpasswd' };
    const container = `${lab.lab.registry.container}-guarded`;
    await docker.run([
      ...['run', '--detach', '--name', container, '--label', `hd.lab=${lab.home.id}`],
      ...['--network', lab.lab.network.name, '--publish', '127.0.0.1::5000', '--env', `HTPASSWD=${HTPASSWD}`],
      ...Object.entries(auth).flatMap(([name, value]) => ['--env', `REGISTRY_${name}=${value}`]),
      ...[
        image,
        'sh',
        '-c',
        'printf "%s" "$HTPASSWD" > /lab/htpasswd; exec docker-registry serve /lab/registry.yml',
      ],
    ]);
    const published = await docker.run(['port', container, '5000/tcp']);
    const address = await inspect(container, '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
    const made = new GuardedRegistry(lab, docker, container, published.split(':').at(-1) ?? '', address);
    for (const rule of made.#rules) await lab.onHost(onHost, ['iptables', '-t', 'nat', '-A', ...rule]);
    await until('the guarded registry answers', 10_000, async () =>
      (await fetch(`http://${made.host}/v2/`).catch(() => undefined))?.status === 401 ? true : undefined,
    );
    return made;
  }

  /** Gives images of the lab's own registry a second home here. */
  async push(path: string, tags: readonly string[]): Promise<void> {
    const config = await mkdtemp(join(tmpdir(), 'hd-test-docker-'));
    try {
      const auth = btoa(`ana:${REGISTRY_PASSWORD}`);
      await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [this.host]: { auth } } }));
      for (const tag of tags) {
        await this.#docker.run([
          'tag',
          `${this.#lab.registry}/${path}:${tag}`,
          `${this.host}/${path}:${tag}`,
        ]);
        await this.#docker.run(['--config', config, 'push', '--quiet', `${this.host}/${path}:${tag}`]);
      }
    } finally {
      await rm(config, { recursive: true });
    }
  }

  async close(onHost: string): Promise<void> {
    for (const rule of this.#rules) await this.#lab.onHost(onHost, ['iptables', '-t', 'nat', '-D', ...rule]);
    await this.#docker.run(['rm', '--force', '--volumes', this.#container]);
  }
}

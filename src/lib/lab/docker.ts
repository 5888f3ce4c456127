import { attempt, run, type Ran, type RunOptions } from './process.ts';

/** The docker client, pointed at the engine that the lab runs in. */
export class Docker {
  /** DOCKER_HOST; undefined, the client's own default. */
  readonly host: string | undefined;

  constructor(host: string | undefined) {
    this.host = host;
  }

  /** @throws HdError `lab-failed` if docker's status isn't 0 */
  run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return run(['docker', ...args], this.#with(options));
  }

  attempt(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return attempt(['docker', ...args], this.#with(options));
  }

  async answers(): Promise<boolean> {
    return (
      (await this.attempt(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 })).status === 0
    );
  }

  /** `running`, `exited`, …; undefined if there is no such container. */
  async state(container: string): Promise<string | undefined> {
    const ran = await this.attempt(['container', 'inspect', '--format', '{{.State.Status}}', container]);
    return ran.status === 0 ? ran.stdout : undefined;
  }

  async hasImage(image: string): Promise<boolean> {
    return (await this.attempt(['image', 'inspect', '--format', '{{.Id}}', image])).status === 0;
  }

  /** Ids of what carries the label. */
  async ids(kind: 'container' | 'volume' | 'network', label: string): Promise<string[]> {
    const all = kind === 'container' ? ['--all'] : [];
    const text = await this.run([kind, 'ls', ...all, '--quiet', '--filter', `label=${label}`]);
    return text.split('\n').filter((id) => id !== '');
  }

  #with(options: RunOptions): RunOptions {
    return this.host === undefined
      ? options
      : { ...options, env: { ...options.env, DOCKER_HOST: this.host } };
  }
}

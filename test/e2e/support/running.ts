import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import type { HdResult } from './lab.ts';

/** A command that runs, and can be watched and interrupted while it does. */
export class Running {
  protected readonly child: ChildProcess;
  readonly #ended: Promise<number>;
  #stdout = '';
  #stderr = '';
  #watchers: (() => void)[] = [];

  constructor(
    argv: readonly [string, ...string[]],
    cwd: string,
    env: NodeJS.ProcessEnv,
    stdio: SpawnOptions['stdio'] = ['ignore', 'pipe', 'pipe'],
  ) {
    const [file, ...args] = argv;
    this.child = spawn(file, args, { cwd, env, stdio });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
    this.#ended = new Promise((resolve) => this.child.on('close', (code) => resolve(code ?? -1)));
  }

  /** Resolves when stderr says this; rejects when the command ends without it. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#stderr)) {
      const change = new Promise<'changed'>((resolve) => this.#watchers.push(() => resolve('changed')));
      const first = await Promise.race([change, this.#ended]);
      if (first !== 'changed' && !pattern.test(this.#stderr))
        throw new Error(`exit ${first}, and never said ${String(pattern)}:\n${this.#stderr}${this.#stdout}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<HdResult> {
    const exit = await this.#ended;
    return { exit, stdout: this.#stdout, stderr: this.#stderr };
  }
}

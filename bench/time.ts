import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Longer than anything that is measured takes. */
const LIMIT_MS = 120_000;

export interface Program {
  argv: readonly [string, ...string[]];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs programs at the same time and waits until the last one has ended.
 * @returns milliseconds from the first one's start
 * @throws Error with what a program said, if it does not end with 0
 */
export async function time(programs: readonly Program[]): Promise<number> {
  const start = performance.now();
  await Promise.all(programs.map(run));
  return performance.now() - start;
}

function run({ argv, cwd, env }: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    const [file, ...args] = argv;
    const child = spawn(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${argv.join(' ')}: exit ${code ?? 'by a signal'}\n${Buffer.concat(said).toString()}`),
        );
    });
  });
}

/** What node loads before a program, so that its peak memory is known when it has ended. */
export class PeakMemory {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async open(): Promise<PeakMemory> {
    const dir = await mkdtemp(join(tmpdir(), 'hd-bench-'));
    await writeFile(join(dir, 'hook.cjs'), HOOK);
    return new PeakMemory(dir);
  }

  /** node's arguments before the program. */
  get nodeArguments(): readonly string[] {
    return ['--require', join(this.#dir, 'hook.cjs')];
  }

  /** Of the program that ended last, in bytes. */
  async read(): Promise<number> {
    return Number(await readFile(join(this.#dir, 'peak'), 'utf8')) * 1024;
  }

  close(): Promise<void> {
    return rm(this.#dir, { recursive: true, force: true });
  }
}

// Linux counts the memory of the process that forked into maxRSS; VmHWM begins with the program itself.
const HOOK = `
process.on('exit', () => {
  const { readFileSync, writeFileSync } = require('fs');
  let peak = process.resourceUsage().maxRSS;
  try {
    peak = /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  } catch {}
  writeFileSync(__dirname + '/peak', String(peak));
});
`;

/** hd from its source, killed where a test wants it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Running } from '../../e2e/support/running.ts';
import type { HdResult } from '../../e2e/support/lab.ts';
import type { Exchange } from './exchanges.ts';
import type { Moment } from './kill-at.ts';

export interface Told extends HdResult {
  /** What it exchanged with the outside, in order. */
  exchanges: readonly Exchange[];
  /** The exchange that it was killed in; absent if it came to its end. */
  killed?: Exchange;
}

export interface KillAt {
  key: string;
  moment: Moment;
}

export interface Where {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Waiting is over so many times as soon. */
  hurry?: number;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const preload = (name: string): string[] => ['--import', join(import.meta.dirname, `${name}.ts`)];

/** Runs hd to its end, or to the moment that it is killed at, and gives back what it exchanged by then. */
export async function hd(args: readonly string[], { cwd, env, hurry }: Where, at?: KillAt): Promise<Told> {
  const folder = await mkdtemp(join(tmpdir(), 'hd-test-trace-'));
  const trace = join(folder, 'trace');
  try {
    const preloads = [...preload('kill-at'), ...(hurry === undefined ? [] : preload('hurry'))];
    const argv = [...preloads, join(ROOT, 'bin', 'dev.js'), ...args];
    const running = new Running([process.execPath, ...argv], cwd, {
      ...process.env,
      ...env,
      HD_TEST_HURRY: String(hurry ?? 1),
      HD_TEST_TRACE: trace,
      HD_TEST_KILL: at === undefined ? undefined : `${at.key}, ${at.moment}`,
    });
    const result = await running.end();
    const lines = (await readFile(trace, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    const all = lines.map((line) => JSON.parse(line) as Exchange | { killed: number });
    const exchanges = all.filter((each) => 'n' in each);
    const end = all.find((each) => 'killed' in each);
    const killed = exchanges.find((each) => each.n === end?.killed);
    return { ...result, exchanges, ...(killed === undefined ? {} : { killed }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

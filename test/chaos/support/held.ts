import { once } from 'node:events';
import { join } from 'node:path';
import { Running } from '../../e2e/support/running.ts';
import type { Exchange } from './exchanges.ts';
import type { Stop, Word } from './hold-at.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const preload = (name: string): string[] => ['--import', join(import.meta.dirname, `${name}.ts`)];

export interface HeldOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  stops?: readonly Stop[];
  /** Waiting is over so many times as soon. */
  hurry?: number;
  /** Its clock is off by so many seconds. */
  clock?: number;
}

/** hd from its source, held where a test wants it. */
export class Held extends Running {
  /** What it exchanged with the outside so far, in order. */
  readonly exchanges: Exchange[] = [];
  readonly #reached: Stop[] = [];

  constructor(args: readonly string[], { cwd, env, stops = [], hurry, clock }: HeldOptions) {
    const argv = [
      ...preload('hold-at'),
      ...(hurry === undefined ? [] : preload('hurry')),
      ...(clock === undefined ? [] : preload('wrong-clock')),
      join(ROOT, 'bin', 'dev.js'),
      ...args,
    ];
    const all = {
      ...process.env,
      ...env,
      HD_TEST_HOLD: JSON.stringify(stops),
      HD_TEST_HURRY: String(hurry ?? 1),
      HD_TEST_CLOCK: String(clock ?? 0),
    };
    super([process.execPath, ...argv], cwd, all, ['ignore', 'pipe', 'pipe', 'ipc']);
    this.child.on('message', (word: Word) => {
      if ('exchange' in word) this.exchanges.push(word.exchange);
      else this.#reached.push(word.reached);
    });
  }

  /** Resolves when it has come to this stop; rejects when it ends without. */
  async reaches(stop: Stop): Promise<void> {
    const ended = this.end();
    const there = (): boolean =>
      this.#reached.some((each) => each.key === stop.key && each.moment === stop.moment);
    while (!there()) {
      const first = await Promise.race([once(this.child, 'message').then(() => undefined), ended]);
      if (first === undefined || there()) continue;
      throw new Error(
        `exit ${first.exit}, and never came to ${stop.moment} ${stop.key}, but to ${this.keys.join('; ')}\n${first.stderr}${first.stdout}`,
      );
    }
  }

  /** Lets it go on from where it is held. */
  go(): void {
    if (this.child.connected) this.child.send('go');
  }

  /** Of its exchanges so far. */
  get keys(): string[] {
    return this.exchanges.flatMap(({ key }) => key ?? []);
  }
}

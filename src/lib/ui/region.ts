import type { Stream } from './terminal.ts';

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const up = (n: number): string => (n > 0 ? `\x1b[${n}A` : '');
const TO_END_OF_LINE = '\x1b[K';
const BELOW = '\x1b[J';

/**
 * Lines at the bottom of a terminal that are redrawn in place, line by line from the first that changed: the screen
 * is never cleared (screens.md, rule 9). No line is wider than the terminal.
 */
export class Region {
  readonly #stream: Stream;
  #drawn: readonly string[] = [];
  #hidden = false;
  readonly #restore = (): void => void this.#stream.write(SHOW);

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Puts these lines where the last ones were. */
  draw(lines: readonly string[]): void {
    const same = lines.findIndex((line, index) => line !== this.#drawn[index]);
    const first = same === -1 ? lines.length : same;
    if (first === lines.length && lines.length === this.#drawn.length) return;
    const changed = lines.slice(first).map((line) => `\r${line}${TO_END_OF_LINE}\n`);
    const rest = this.#drawn.length > lines.length ? BELOW : '';
    this.#stream.write(this.#hide() + up(this.#drawn.length - first) + changed.join('') + rest);
    this.#drawn = lines;
  }

  /** Writes lines above the region, where they stay. */
  above(lines: readonly string[]): void {
    const region = this.#drawn;
    this.#stream.write(
      `${up(region.length)}\r${BELOW}${[...lines, ...region].map((line) => `${line}\n`).join('')}`,
    );
  }

  /** The lines stay; whatever is written next stands below them. */
  done(lines: readonly string[]): void {
    this.draw(lines);
    this.#drawn = [];
    if (this.#hidden) this.#stream.write(SHOW);
    this.#hidden = false;
    process.off('exit', this.#restore);
  }

  #hide(): string {
    if (this.#hidden) return '';
    this.#hidden = true;
    process.on('exit', this.#restore);
    return HIDE;
  }
}

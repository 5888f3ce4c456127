import type { Event, PreviewTable } from '../domain/event.ts';
import type { Fact, Mark } from '../domain/verdict.ts';
import { limitText } from '../domain/limits.ts';
import { duration, span, utcClock } from '../domain/values.ts';
import { foreign } from './layout.ts';
import type { Drawing, Progress } from './reporter.ts';
import { plainText, spell } from './style.ts';
import { pad } from './width.ts';

export type Word = 'start' | 'ok' | 'fail' | 'wait' | 'warn' | 'info';

const WORDS: Record<Mark, Word> = { ok: 'ok', fail: 'fail', warn: 'warn', busy: 'start', idle: 'info' };
/** Whatever runs longer than this says so this often (screens.md, 20), the soak every five minutes. */
const SAY_EVERY_MS = 30_000;
const SOAK_EVERY_MS = 300_000;

interface Running {
  stage: string;
  text: string;
  since: number;
  said: number;
}

/** One line, one fact, ASCII, UTC, never redrawn, never wrapped: `TIME WORD STAGE HOST TEXT`. */
export class PlainReporter implements Progress {
  protected readonly drawing: Drawing;
  readonly #running = new Map<string, Running>();
  readonly #items = new Map<string, Mark>();
  /** Marks of the items that had a line of their own, by stage. */
  readonly #told = new Map<string, Set<Mark>>();
  readonly #silent = new Set<string>();
  /** Stages whose text says for how long they wait. */
  readonly #untimed = new Set(['lock']);
  #timer: NodeJS.Timeout | undefined;

  constructor(drawing: Drawing) {
    this.drawing = drawing;
  }

  event(event: Event): void {
    switch (event.type) {
      case 'header':
        this.line(
          'info',
          undefined,
          `hd ${this.drawing.version}: ${[event.verb, ...event.parts, this.#date()].join(', ')}`,
        );
        break;
      case 'preview':
        for (const { label, text, mark } of [
          ...event.facts,
          ...stageFacts(event.table),
          ...(event.after ?? []),
        ]) {
          this.line(mark === undefined || mark === 'idle' ? 'info' : WORDS[mark], label, text);
        }
        break;
      case 'stages':
        if (event.title !== undefined) this.line('info', undefined, event.title);
        break;
      case 'stage':
        this.#stage(event);
        break;
      case 'item':
        this.#item(event);
        break;
      case 'silence':
        this.#silence(event);
        break;
      case 'footer':
        break;
      case 'note':
        this.line(event.mark === 'idle' ? 'info' : WORDS[event.mark], undefined, event.text);
        break;
    }
  }

  show(_view: unknown, plain: readonly string[]): void {
    for (const text of plain) this.line('info', undefined, text);
  }

  stopping(): void {
    this.line('warn', undefined, 'stopping at the next safe point');
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#running.clear();
    return Promise.resolve();
  }

  /** Says what runs and for how long, if it is due. */
  tick(): void {
    const now = this.drawing.clock.now();
    for (const [key, running] of this.#running) {
      if (now - running.said < (running.stage === 'soak' ? SOAK_EVERY_MS : SAY_EVERY_MS)) continue;
      this.#running.set(key, { ...running, said: now });
      const since = this.#untimed.has(running.stage) ? '' : `, for ${span(now - running.since)}`;
      this.line('wait', running.stage, `${running.text}${since}`);
    }
  }

  protected line(word: Word, stage: string | undefined, text: string): void {
    const name =
      stage === undefined ? '' : `${pad(spell(stage.replaceAll(' ', '-'), this.drawing.style), 7)} `;
    this.write(
      `${utcClock(this.drawing.clock.now())} ${pad(word, 5)} ${name}${spell(text, this.drawing.style)}`,
    );
  }

  protected write(line: string): void {
    this.drawing.stream.write(`${line.trimEnd()}\n`);
  }

  /** Before the lines of a stage, and after them: where a runner folds them. */
  protected begin?(stage: string): void;
  protected end?(): void;

  #date(): string {
    return new Date(this.drawing.clock.now()).toISOString().slice(0, 10);
  }

  #stage({ name, mark, text, ms, forPeople }: Extract<Event, { type: 'stage' }>): void {
    if (forPeople === true) this.#untimed.add(name);
    if (mark === 'idle') {
      this.#forget(name);
      this.line('info', name, text);
      return;
    }
    if (mark === 'busy') {
      const before = this.#running.get(name);
      this.#track(name, name, text);
      if (before !== undefined) return;
      this.begin?.(name);
      this.line('start', name, text);
      return;
    }
    this.#forget(name);
    // Its hosts' lines have said it: one fact, one line.
    if (this.#told.get(name)?.has(mark) !== true) {
      if (mark === 'fail') this.end?.();
      this.line(WORDS[mark], name, took(text, ms));
    }
    this.end?.();
  }

  /** A host's rows change often while it runs: only what ended, or went wrong, is a line. */
  #item(event: Extract<Event, { type: 'item' }>): void {
    const { stage, name, mark, serves, text, ms } = event;
    const key = `${stage}\0${name}`;
    const said = [serves, text].filter((part) => part !== undefined && part !== '').join(', ');
    if (mark === 'busy') this.#track(key, stage, `${name} ${said}`);
    else this.#forget(key);
    if (mark === 'busy' || mark === 'idle' || this.#items.get(key) === mark) return;
    this.#items.set(key, mark);
    this.#told.set(stage, (this.#told.get(stage) ?? new Set()).add(mark));
    if (mark === 'fail') this.end?.();
    this.line(WORDS[mark], stage, `${name} ${took(said, ms)}`);
    for (const line of foreign(event.foreign ?? [], this.drawing.style, 0)) this.write(plainText(line));
  }

  /** Said once, and once that it is over. */
  #silence({ host, silence }: Extract<Event, { type: 'silence' }>): void {
    if (silence === undefined) {
      if (this.#silent.delete(host)) this.line('info', undefined, `${host} answers again`);
      return;
    }
    if (this.#silent.has(host)) return;
    this.#silent.add(host);
    const limit = limitText(silence.limitMs, '--reconnect');
    this.line('warn', undefined, `${host} does not answer; trying again for ${limit}`);
  }

  #track(key: string, stage: string, text: string): void {
    const now = this.drawing.clock.now();
    const before = this.#running.get(key);
    this.#running.set(key, { stage, text, since: before?.since ?? now, said: before?.said ?? now });
    this.#timer ??= setInterval(() => this.tick(), 1000).unref();
  }

  #forget(key: string): void {
    this.#running.delete(key);
    if (key.includes('\0')) return;
    for (const item of this.#running.keys()) if (item.startsWith(`${key}\0`)) this.#running.delete(item);
  }
}

function took(text: string, ms: number | undefined): string {
  return ms === undefined ? text : `${text}, ${duration(ms)}`;
}

/** A row of the preview's table as one fact: `switch prod-1..3 recreate what differs, because digest differs`. */
function stageFacts(table: PreviewTable | undefined): Fact[] {
  return (table?.rows ?? []).flatMap(({ cells: [stage = '', ...rest], steps = [] }) => {
    const label = stage.replace(/^\d+ /, '');
    const texts = [
      rest.filter((cell) => cell !== '').join('; '),
      ...steps.map(({ name, text }) => `${name} ${text}`),
    ];
    return texts.map((text) => ({ label, text }));
  });
}

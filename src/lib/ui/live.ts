import { Listr, type ListrRenderer } from 'listr2';
import type { Event } from '../domain/event.ts';
import { Board } from './board.ts';
import { hang, trimEnd } from './layout.ts';
import { Region } from './region.ts';
import type { Drawing, Progress } from './reporter.ts';
import { symbol, type Line } from './style.ts';
import { headerLines, previewOf, viewLines, type View } from './view.ts';

/** Ten times a second at the most (screens.md, rule 9). */
const REDRAW_MS = 100;
/** Rows of the terminal that the region leaves free. */
const FREE = 2;

/** One list of stages while it runs. */
interface Running {
  board: Board;
  /** Ends a stage's task, and the list with its last. */
  end: Map<string, () => void>;
  list: Promise<unknown>;
  /** Nobody had announced its one stage. */
  alone?: true;
  close(): void;
}

/** Rows that are redrawn while something runs: listr2 runs the list, the rows are drawn as screens.md wants them. */
export class LiveReporter implements Progress {
  readonly #drawing: Drawing;
  readonly #region: Region;
  #running: Running | undefined;
  #lists: Promise<unknown>[] = [];
  #written = false;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
    this.#region = new Region(drawing.stream);
  }

  event(event: Event): void {
    const { clock } = this.#drawing;
    switch (event.type) {
      case 'header':
        this.#static([...headerLines(headerParts(event), clock.now(), this.#style()), []]);
        break;
      case 'preview':
        this.#static([...viewLines(previewOf(event), this.#style()), []]);
        break;
      case 'stages':
        this.#open(event);
        break;
      case 'stage':
        this.#board(event.name).stage(event, clock.now());
        if (this.#running?.board.ended(event.name) === true) this.#ended(event.name);
        break;
      case 'item':
        this.#board(event.stage).item(event, clock.now());
        break;
      case 'silence':
        this.#running?.board.silence(event);
        break;
      case 'footer':
        this.#running?.board.footer(event.text, event.more);
        break;
      case 'note':
        this.#static(
          hang(
            [{ text: '  ' }, symbol(event.mark, this.#style()), { text: ' ' }],
            event.text,
            this.#style(),
            4,
          ),
        );
        break;
    }
  }

  show(view: readonly View[]): void {
    this.#static([...viewLines(view, this.#style()), []]);
  }

  stopping(): void {
    if (this.#running === undefined) this.#static([[{ text: '  stopping at the next safe point' }]]);
    this.#running?.board.stopping();
  }

  async close(): Promise<void> {
    this.#finish();
    await Promise.all(this.#lists);
    // The end block stands apart from what is above it.
    if (this.#written) this.#drawing.stream.write('\n');
    this.#written = false;
  }

  #style(): Drawing['style'] {
    const { style, stream } = this.#drawing;
    return { ...style, width: Math.min(style.width, Math.max(stream.columns ?? style.width, 40)) };
  }

  #static(lines: readonly Line[]): void {
    this.#region.above(lines.map((line) => this.#drawing.paint(trimEnd(line))));
    const last = lines.at(-1);
    this.#written = last !== undefined && last.length > 0;
  }

  #ended(stage: string): void {
    this.#running?.end.get(stage)?.();
    // A stage that came by itself makes room for what follows: a question, say.
    if (this.#running?.alone === true) this.#finish();
  }

  #board(stage: string): Board {
    this.#running ??= { ...this.#list([{ name: stage, text: '' }]), alone: true };
    return this.#running.board;
  }

  #open({ title, stages, transient }: Extract<Event, { type: 'stages' }>): void {
    this.#finish();
    if (title !== undefined) this.#static([...hang([], title, this.#style(), 2), []]);
    this.#running = this.#list(stages, transient);
  }

  #finish(): void {
    this.#running?.close();
    this.#running = undefined;
  }

  #list(stages: readonly { name: string; text: string }[], transient = false): Running {
    const board = new Board(stages);
    const ends = stages.map(({ name }) => ({ name, ...Promise.withResolvers<undefined>() }));
    const screen = this.#screen(board, transient);
    const list = new Listr(
      ends.map(({ name, promise }) => ({ title: name, task: () => promise })),
      {
        concurrent: true,
        // It would exit 127 at the first Ctrl-C and skip every `finally`; signals are the command's.
        registerSignalListeners: false,
        renderer: rendererOf(screen),
      },
    ).run();
    this.#lists.push(list);
    const close = (): void => {
      screen.end();
      for (const { resolve } of ends) resolve(undefined);
    };
    return {
      board,
      list,
      close,
      end: new Map(ends.map(({ name, resolve }) => [name, () => resolve(undefined)])),
    };
  }

  /** Redraws the board until it ends, then leaves its final rows. */
  #screen(board: Board, transient: boolean): Screen {
    const { clock, paint, stream } = this.#drawing;
    const text = (lines: readonly Line[]): string[] => lines.map((line) => paint(line));
    let turn = 0;
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    const draw = (): void => {
      const height = Math.max(1, (stream.rows ?? 24) - FREE);
      this.#region.draw(text(board.lines(this.#style(), { now: clock.now(), turn, height })));
    };
    return {
      start: () => {
        draw();
        timer = setInterval(() => {
          turn += 1;
          draw();
        }, REDRAW_MS);
      },
      end: () => {
        if (ended) return;
        ended = true;
        clearInterval(timer);
        const last = transient ? [] : text(board.final(this.#style(), clock.now()));
        this.#region.done(last);
        this.#written ||= last.length > 0;
      },
    };
  }
}

interface Screen {
  start(): void;
  end(): void;
}

/** The class that listr2 makes its renderer from; it draws on stderr itself, so stdout need not be a terminal. */
function rendererOf(screen: Screen): typeof ListrRenderer {
  return class implements ListrRenderer {
    static rendererOptions = {};
    static rendererTaskOptions = {};
    static nonTTY = true;
    render = (): void => screen.start();
    // The last stage's end is not the region's: a footer or another stage may follow, and close() says when.
    end = (): void => undefined;
  };
}

function headerParts({ verb, parts }: Extract<Event, { type: 'header' }>): readonly string[] {
  return [verb, ...parts];
}

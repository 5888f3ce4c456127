import type { Event } from '../domain/event.ts';
import type { Clock, Reporter } from '../ports.ts';
import { createPaint, type Paint } from './colour.ts';
import type { Style } from './style.ts';
import { colourOf, modeOf, styleOf, type Env, type Mode, type OutputFlags, type Stream } from './terminal.ts';
import type { View } from './view.ts';

/** Tells on stderr what a flow does, in the form that the place asks for. */
export interface Progress extends Reporter {
  event(event: Event): void;
  /**
   * Shows what is about to be asked or done: a view where a person looks, the same in a few lines elsewhere
   * (screens.md, 3 and 20). Never while stages run.
   */
  show(view: readonly View[], plain: readonly string[]): void;
  /** The first Ctrl-C was heard: says so at once (screens.md, 9). */
  stopping(): void;
  /** What is drawn stays, whole; nothing is drawn after this. */
  close(): Promise<void>;
}

export interface ReporterOptions {
  stderr: Stream;
  env: Env;
  flags: OutputFlags;
  clock: Clock;
  version: string;
}

/** What every renderer needs: where, how, and the time. */
export interface Drawing {
  mode: Mode;
  stream: Stream;
  style: Style;
  paint: Paint;
  clock: Clock;
  version: string;
}

/** Chooses the renderer by stderr, CI, TERM, `--plain` and `--json`; loads only that one. */
export async function createReporter(options: ReporterOptions): Promise<Progress> {
  const { stderr, env, flags, clock, version } = options;
  const mode = modeOf(stderr, env, flags);
  const style = styleOf(stderr, env, mode);
  const paint = createPaint(mode !== 'plain' && colourOf(stderr, env, flags));
  const drawing: Drawing = { mode, stream: stderr, style, paint, clock, version };
  switch (mode) {
    case 'silent':
      return SILENT;
    case 'live':
      return new (await import('./live.ts')).LiveReporter(drawing);
    case 'plain':
      return new (await import('./plain.ts')).PlainReporter(drawing);
    case 'actions':
      return new (await import('./actions.ts')).ActionsReporter(drawing);
  }
}

const SILENT: Progress = {
  event: () => undefined,
  show: () => undefined,
  stopping: () => undefined,
  close: () => Promise.resolve(),
};

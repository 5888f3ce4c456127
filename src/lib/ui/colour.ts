import { Chalk, type ChalkInstance } from 'chalk';
import type { Line, Tone } from './style.ts';

/** Writes a line in its colours, or without. Each stream has its own (screens.md, rule 20). */
export type Paint = (line: Line) => string;

export function createPaint(colour: boolean): Paint {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const tones: Record<Tone, ChalkInstance> = {
    ok: chalk.green,
    fail: chalk.red,
    warn: chalk.yellow,
    busy: chalk.cyan,
    dim: chalk.dim,
  };
  return (line) =>
    line
      .map(({ text, tone, bold }) => {
        const toned = tone === undefined ? text : tones[tone](text);
        return bold === true ? chalk.bold(toned) : toned;
      })
      .join('');
}

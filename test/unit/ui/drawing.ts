import type { Drawing } from '../../../src/lib/ui/reporter.ts';
import { createPaint } from '../../../src/lib/ui/colour.ts';
import { styleOf, type Mode } from '../../../src/lib/ui/terminal.ts';

/** A clock that the test moves. */
export class TestClock {
  at: number;
  constructor(at: number) {
    this.at = at;
  }
  now(): number {
    return this.at;
  }
  sleep(ms: number): Promise<void> {
    this.at += ms;
    return Promise.resolve();
  }
}

/** A stream that keeps what is written to it, and how a renderer draws on it. */
export function drawingOn(
  mode: Mode,
  clock: TestClock,
  size = { columns: 80, rows: 24 },
): Drawing & { written: () => string } {
  let written = '';
  const isTTY = mode === 'live';
  const stream = { isTTY, ...size, write: (text: string) => void (written += text) };
  const style = { ...styleOf(stream, { LANG: 'C.UTF-8' }, mode), zone: 'UTC' };
  return { mode, stream, style, paint: createPaint(false), clock, version: '0.1.0', written: () => written };
}

import assert from 'node:assert/strict';
import { plainText, type Line, type Style } from '../../../src/lib/ui/style.ts';

export const WIDE: Style = { width: 80, ascii: false, zone: 'America/New_York' };
export const NARROW: Style = { width: 48, ascii: true, zone: 'Asia/Singapore' };

/** The lines read as the text of screens.md does; the literal begins and ends with an empty line. */
export function reads(lines: readonly Line[], golden: string): void {
  assert.equal(lines.map(plainText).join('\n'), golden.replace(/^\n/, '').replace(/\n$/, ''));
}

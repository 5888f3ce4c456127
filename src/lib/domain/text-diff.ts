import { structuredPatch } from 'diff';
import { count } from './names.ts';
import { size } from './values.ts';

/** Both versions of a file; undefined where it is not there. */
export interface FileVersions {
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
}

/** What is larger is not compared. */
export const DIFF_BYTES = 256_000;
const CONTEXT = 3;
/** More changed lines than this are not looked for: the time grows with their square. */
const MOST_EDITS = 1000;
const LINE = 500;

/**
 * The lines of a unified diff, without its two header lines; one line in words for what is no text, or too large.
 * @param most lines, at the most: how many more there are is said in one of their own
 */
export function textDiff({ before, after }: FileVersions, most: number): readonly string[] {
  const versions = [before, after];
  if (versions.some((each) => (each?.length ?? 0) > DIFF_BYTES))
    return [sizes('too large to show', versions)];
  const texts = versions.map((each) => (each === undefined ? '' : textOf(each)));
  const [was, is] = texts;
  if (was === undefined || is === undefined) return [sizes('binary', versions)];
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', was, is, undefined, undefined, options);
  if (patch === undefined) return [sizes('too different to show', versions)];
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: all }) => [
    `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`,
    ...all.map((line) => (line.length > LINE ? `${line.slice(0, LINE)}…` : line)),
  ]);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `… ${count(lines.length - most, 'line')} more`];
}

/** Of nothing it is the line before (POSIX diff). */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}

/** Undefined for what is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function sizes(what: string, [before, after]: readonly (Uint8Array | undefined)[]): string {
  const now = after === undefined ? 'gone' : size(after.length);
  return before === undefined ? `${what}: ${now}` : `${what}: ${now}, was ${size(before.length)}`;
}

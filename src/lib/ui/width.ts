const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
// East Asian wide and fullwidth (UAX #11, the large blocks), and what is drawn as an emoji.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;

/** How many columns of a terminal the text takes; it has no control characters. */
export function columns(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Blanks behind the text up to the width; a longer text stays whole. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** The text cut to the width, with the mark of a cut at its end. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (columns(text) <= width) return text;
  const room = Math.max(0, width - columns(ellipsis));
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += columns(segment);
    if (used > room) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/**
 * Breaks at blanks only: a name, a digest or an address never breaks, so a long one may stand out (screens.md,
 * 23). Blanks inside a line stay as they are.
 * @param first room on the first line, if it differs
 */
export function wrap(text: string, width: number, first = width): string[] {
  const lines: string[] = [];
  let line = '';
  let room = first;
  for (const word of text.split(/(?<=\S)(?=\s)/)) {
    const joined = line + word;
    if (line === '' || columns(joined) <= room) {
      line = line === '' && lines.length > 0 ? word.trimStart() : joined;
    } else {
      lines.push(line);
      line = word.trimStart();
      room = width;
    }
  }
  return [...lines, line];
}

/** Text that somebody else wrote, as a part of a Markdown text of ours: it stays where it was put, and mentions nobody. */

const LONGEST = 200;
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]+/gu;
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9._-]+)?$/;

/** One line, without control and invisible characters (which could reorder what is read), cut to its length. */
export function oneLine(text: string, longest = LONGEST): string {
  const line = text.replace(UNSEEN, ' ').trim();
  if (line.length <= longest) return line;
  // Half of a surrogate pair is no character.
  return `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * A code span (CommonMark 6.1): nothing in it is Markdown, HTML, a mention or a reference. Its fence is longer than any
 * run of backticks in it, so that it ends where it is meant to.
 */
export function code(text: string, longest = LONGEST): string {
  const line = oneLine(text, longest);
  if (line === '') return '(nothing)';
  const fence = '`'.repeat(longestRun(line) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** A fenced block (CommonMark 4.5) that no line of it can end. */
export function block(lines: readonly string[], language: string): string[] {
  const own = lines.map(blockLine);
  const fence = '`'.repeat(Math.max(3, longestRun(own.join('\n')) + 1));
  return [`${fence}${language}`, ...own, fence];
}

/** As a line of a block is written: a tab is a part of it. */
export function blockLine(line: string): string {
  return line.replace(UNSEEN, (unseen) => (/^\t+$/.test(unseen) ? unseen : ' '));
}

/** `@login-b`, `@acme/leads`: tells them. Anything else is only written down. */
export function mention(who: string): string {
  return LOGIN.test(who) ? `@${who}` : code(who);
}

/** `2026-11-20 15:02 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

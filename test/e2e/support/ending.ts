import assert from 'node:assert/strict';
import type { HdResult } from './lab.ts';

/** Their end block is an error's and stands on stderr; any other outcome's stands on stdout (screens.md, rule 19). */
const ERRORS = [1, 2, 4, 8, 11];

export interface Ending {
  exit: number;
  /** `confirmed`, `rolled-back`, `no change`, … */
  outcome: string;
  /** Each must be found in the headline: what serves now. */
  serves?: string | RegExp;
  /** Each must be found somewhere in the end block. */
  says?: readonly (string | RegExp)[];
  /** The commands of `next`, `see it` and `undo it` must include these, whole. */
  next?: readonly (string | RegExp)[];
}

/** The last lines of a run as a person reads them, held against what they must say. */
export function assertEnding(result: HdResult, wanted: Ending): void {
  const whole = `exit ${result.exit}\n--- stdout\n${result.stdout}\n--- stderr\n${result.stderr}\n---`;
  assert.equal(result.exit, wanted.exit, `exit ${wanted.exit} was wanted; ${whole}`);
  const [text, other] = ERRORS.includes(result.exit)
    ? [result.stderr, result.stdout]
    : [result.stdout, result.stderr];
  const lines = text.trimEnd().split('\n');
  const at = lines.findLastIndex((line) => /^[+x!] /.test(line));
  assert.ok(at >= 0, `no verdict: ${whole}`);
  // A long headline goes on in its own column.
  const after = lines.findIndex((line, index) => index > at && !/^ {3,}\S/.test(line));
  const headline = lines
    .slice(at, after)
    .join(' ')
    .replaceAll(/ +(?=\(exit)/g, '  ')
    .replaceAll(/ {3,}/g, ' ');
  const rest = lines.slice(after);
  assert.ok(headline.startsWith(`${headline[0]} ${wanted.outcome} `), `outcome ${wanted.outcome}: ${whole}`);
  assert.equal(headline.endsWith(`  (exit ${result.exit})`), result.exit !== 0, `exit in words: ${whole}`);
  assert.ok(!/^[+x!] \S+.*\(exit/m.test(other), `a verdict on the other stream: ${whole}`);
  if (wanted.serves !== undefined) assertFound(headline, wanted.serves, whole);
  for (const each of wanted.says ?? []) assertFound(text, each, whole);
  assert.ok(rest.length > 0 && rest.length <= 10, `the verdict's rows: ${whole}`);
  const commands = rest.join('\n');
  for (const command of wanted.next ?? []) {
    const found = rest.some((line) =>
      typeof command === 'string' ? line.endsWith(command) : command.test(line),
    );
    assert.ok(found, `next command ${String(command)} in ${commands}\n${whole}`);
  }
  assert.match(commands, /(^|\s)(hd|ssh|gh|ssh-keygen) /, `a command: ${whole}`);
  assert.ok(!/\n {4}at .*:\d+:\d+/.test(text + other), `a stack: ${whole}`);
}

/** Asserts that a text says this, wherever its lines are broken. */
export function assertFound(text: string, wanted: string | RegExp, whole = text): void {
  // A line is wrapped at 80 columns; what it says is the same.
  const found = [text, text.replaceAll(/\s+/g, ' ')].some((each) =>
    typeof wanted === 'string' ? each.includes(wanted) : wanted.test(each),
  );
  assert.ok(found, `${String(wanted)} was wanted: ${whole}`);
}

/** The one object of `--json`; stderr is empty beside it. */
export function jsonOf(
  result: HdResult,
): Record<string, unknown> & { error?: { code: string; exit: number } } {
  assert.equal(result.stderr, '', 'stderr beside --json');
  const value = JSON.parse(result.stdout) as Record<string, unknown> & {
    error?: { code: string; exit: number };
  };
  assert.equal(value['schemaVersion'], 1);
  return value;
}

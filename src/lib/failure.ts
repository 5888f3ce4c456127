import { HdError } from './domain/errors.ts';
import { Exit, type ExitCode } from './domain/exit.ts';
import type { EndBlock, Fact, Mark, Next } from './domain/verdict.ts';
import { ConfigError, renderProblems } from './config/problems.ts';
import { quoteCommand } from './domain/names.ts';

/** One or two words for an exit code, and what it promises of the world when nobody said more. */
const MEANING: Record<ExitCode, { mark: Mark; outcome: string; headline: string }> = {
  0: { mark: 'ok', outcome: 'done', headline: 'nothing to do' },
  1: { mark: 'fail', outcome: 'bug', headline: 'what was changed is not known' },
  2: { mark: 'fail', outcome: 'usage', headline: 'nothing was asked or changed' },
  3: { mark: 'fail', outcome: 'refused', headline: 'nothing was changed' },
  4: { mark: 'fail', outcome: 'not allowed', headline: 'nothing was changed' },
  5: { mark: 'fail', outcome: 'not verified', headline: 'nothing was changed' },
  6: { mark: 'warn', outcome: 'rolled-back', headline: 'an earlier release serves' },
  7: { mark: 'fail', outcome: 'failed', headline: 'no release is proved serving: a person is needed now' },
  8: { mark: 'fail', outcome: 'locked', headline: 'nothing was changed' },
  9: { mark: 'warn', outcome: 'inconclusive', headline: 'what serves is not known' },
  10: { mark: 'warn', outcome: 'waiting', headline: 'nothing was changed' },
  11: { mark: 'fail', outcome: 'unreachable', headline: 'nothing was changed' },
  130: { mark: 'warn', outcome: 'interrupted', headline: 'what was changed is not known' },
};

/** The command line as it was typed, without `hd`: its verb, and the words behind it. */
export interface Typed {
  verb: readonly string[];
  argv: readonly string[];
}

/** What `--json` says of a failure. */
export interface JsonError {
  code: string;
  exit: ExitCode;
  message: string;
  hint?: string;
}

/**
 * A foreseen failure as an end block (screens.md, 18 and 19). It always ends with a command: the error's own, else
 * one that fits its kind.
 */
export function errorBlock(error: HdError, typed: Typed): EndBlock {
  const { mark, outcome, headline } = MEANING[error.exit];
  const config = error instanceof ConfigError;
  // Who answered no knows why, and the command is one arrow key away: the headline says what that means.
  const told = error.exit === Exit.interrupted && error.headline !== undefined;
  const whole = error.facts.length > 0 && WHOLE.has(error.code);
  const failed: readonly Fact[] = told || whole ? [] : [{ label: 'failed', text: error.message }];
  const commands = error.next.length > 0 || told ? error.next : [usualNext(error, typed)];
  const rows = [
    ...(commands.length === 0 ? [] : [{ label: 'next', commands }]),
    ...(error.urgent.length === 0 ? [] : [{ label: 'urgent', commands: error.urgent }]),
  ];
  const known = config ? `${error.message}; ${headline}` : headline;
  return {
    facts: [...(config ? excerpts(error) : failed), ...error.facts],
    verdict: {
      mark,
      outcome: error.outcome ?? (config ? 'config' : outcome),
      headline: error.headline ?? known,
      exit: error.exit,
      rows,
    },
  };
}

/** What their facts say is all that there is to say. */
const WHOLE: ReadonlySet<string> = new Set(['locked', 'frozen', 'gates-closed']);

function usualNext(error: HdError, { verb, argv }: Typed): Next {
  const again = ['hd', ...verb, ...argv];
  if (error.code === 'locked') return waitNext(again);
  if (error instanceof ConfigError) return { remark: 'once corrected', command: again };
  if (error.exit === Exit.usage) return { command: ['hd', ...verb, '--help'] };
  if (error.exit === Exit.notAllowed) return { remark: 'once that is put right', command: again };
  if (error.exit === Exit.unreachable) return { remark: 'once it answers', command: again };
  return { command: ['hd', 'status'] };
}

/** The same command, and longer in line than it was. */
function waitNext(again: readonly string[]): Next {
  const at = again.findIndex((word) => /^--lock-wait(=|$)/.test(word));
  if (at < 0) return { remark: 'wait for it', command: [...again, '--lock-wait', '10m'] };
  const rest = again.toSpliced(at, again[at] === '--lock-wait' ? 2 : 1);
  return { remark: 'wait longer', command: [...rest, '--lock-wait', '1h'] };
}

/** The place, the line and the fix of every error in hd.yml, as they stand, from column 1. */
function excerpts(error: ConfigError): readonly Fact[] {
  const [text = '', ...more] = renderProblems(error.problems);
  return [{ label: '', text, more }];
}

export function jsonError(error: HdError, typed: Typed): JsonError {
  const hint = hintOf(errorBlock(error, typed));
  return { code: error.code, exit: error.exit, message: error.message, ...(hint === '' ? {} : { hint }) };
}

/** Of an outcome that is not 0 and that no flow has written an error for. */
export function jsonErrorOf({ facts, verdict }: EndBlock): JsonError {
  const code = verdict.outcome.toLowerCase().replaceAll(' ', '-');
  const failed = facts.find((fact) => fact.label === 'failed');
  const hint = hintOf({ facts, verdict });
  return {
    code,
    exit: verdict.exit,
    message: failed?.text ?? verdict.headline,
    ...(hint === '' ? {} : { hint }),
  };
}

function hintOf({ facts, verdict }: EndBlock): string {
  const write = facts.filter((fact) => fact.label === 'write').map((fact) => `write ${fact.text}`);
  const next = verdict.rows
    .filter((row) => row.label === 'next')
    .flatMap((row) => row.commands ?? [])
    .map(({ remark, command }) => (remark === undefined ? '' : `${remark}: `) + quoteCommand(command));
  return [...write, ...next].join('; ');
}

/** A bug: it says so, shows no stack, and where the report is (screens.md, 19). */
export function bugBlock(
  message: string,
  version: string,
  report: string | undefined,
  next: readonly string[],
): EndBlock {
  const kept = report === undefined ? [] : [{ label: 'kept', text: `${report}, without secrets` }];
  return {
    facts: [{ label: 'failed', text: `hd ${version}, a bug: ${message}` }, ...kept],
    verdict: {
      ...MEANING[Exit.bug],
      exit: Exit.bug,
      rows: [{ label: 'next', commands: [{ command: next }] }],
    },
  };
}

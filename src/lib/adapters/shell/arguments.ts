import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';

/**
 * The arguments, if a system can pass them on.
 * @throws HdError for an empty list, and for what no argument can carry: NUL, or half of a surrogate pair
 */
export function checkedArguments(argv: readonly string[]): readonly [string, ...string[]] {
  const [program, ...rest] = argv;
  const bad = argv.find((word) => word.includes('\0') || !word.isWellFormed());
  if (program === undefined || program === '' || bad !== undefined) {
    throw new HdError(
      'bad-argument',
      Exit.usage,
      `${JSON.stringify(bad ?? '')} can't be an argument of a command`,
    );
  }
  return [program, ...rest];
}

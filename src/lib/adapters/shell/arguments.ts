import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';

/** Linux takes 128 KiB for one argument, which a whole command line is to the shell on the other side. */
const MAX_BYTES = 120_000;

/**
 * The arguments, if a system can pass them on.
 * @throws HdError for an empty list, for what no argument can carry (NUL, half of a surrogate pair), and
 * for what is too long
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
  const bytes = argv.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (bytes > MAX_BYTES) {
    throw new HdError(
      'bad-argument',
      Exit.usage,
      `${program}: arguments of ${bytes} bytes are too long for a command`,
    );
  }
  return [program, ...rest];
}

import { checkedArguments } from '../shell/arguments.ts';

/**
 * One line that a POSIX shell reads back as exactly these arguments (POSIX 2.2.2: nothing is special between
 * single quotes). Every word is quoted, the first as well, so that none is an alias, a keyword or an assignment.
 * @throws HdError for what no argument can carry: NUL, or half of a surrogate pair
 */
export function quote(argv: readonly string[]): string {
  return checkedArguments(argv)
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ');
}

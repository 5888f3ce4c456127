import { MASK } from './shared.ts';

/** What ends the answer of LOGS if Docker refused: then there are no lines that could be called clean. */
export const LOGS_REFUSED = '\x1erefused\n';

/**
 * Arguments: container id, since (RFC 3339), files with secrets. The last 2000 lines, at most 256 KiB: cut when they
 * are clear of secrets, since half of one would not be known.
 */
export const LOGS = `${MASK}
{ docker logs --since "$2" --tail 2000 "$1" 2>&1 || printf '\\036refused\\n'; } |
  { mask "$3" || printf '\\036refused\\n'; } | tail -c 262144
`;

/** Arguments: files with secrets. A text on stdin, and it comes back without them. */
export const CLEAR = `${MASK}
mask "$1"
`;

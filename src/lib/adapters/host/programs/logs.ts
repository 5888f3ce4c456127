import { MASK } from './shared.ts';

/** What ends the answer of LOGS if Docker refused: then there are no lines that could be called clean. */
export const LOGS_REFUSED = '\x1erefused\n';

/** Arguments: container id, since (RFC 3339), files with secrets. The last 2000 lines, at most 256 KiB. */
export const LOGS = `${MASK}
{ docker logs --since "$2" --tail 2000 "$1" 2>&1 || printf '\\036refused\\n'; } | tail -c 262144 | mask "$3"
`;

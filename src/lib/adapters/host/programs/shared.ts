/** Parts that several programs begin with. */
export { MASK } from './mask.ts';

/** Exit statuses of our programs that a host's own tools do not use. */
export const Status = { fenced: 75, moved: 76, docker: 77, busy: 78 } as const;

/** Ends because something could not be written below a directory, and says why where a shell's own words do not. */
export const FULL = `
unwritten() {
  df -Pk "$1" | awk 'END { if (NR > 1 && $4 < 64) print "no space left on device" }' >&2
  exit 74
}
`;

/** The same, and leaves nothing half-written behind. */
export const BROKEN = `${FULL}
broken() {
  rm -f "$1"/*.new 2>/dev/null
  unwritten "$1"
}
`;

/** Arguments: .hd directory, fence. Every effect checks, under the host's flock, that the lease is still its own (D3). */
export const FENCED = `
fenced() {
  exec 9>>"$1/mutex"
  flock -w 20 9 || exit ${Status.busy}
  [ "$(cat "$1/fence" 2>/dev/null)" = "$2" ] || exit ${Status.fenced}
}
`;

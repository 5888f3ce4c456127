/** Parts that several programs begin with. */

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

/**
 * Takes the values of environment files out of what a program said, before it leaves the host: Compose's own errors
 * quote what it interpolated. One argument: the files, a line each. A line that is no KEY=VALUE counts whole.
 */
export const MASK = `
mask() {
  FILES=$1 awk '
    function learn(value) {
      sub(/^[ \\t]+/, "", value)
      sub(/[ \\t\\r]+$/, "", value)
      if (length(value) > 3) secret[++n] = value
      if (value ~ /^".*"$/ || value ~ /^\\047.*\\047$/) learn(substr(value, 2, length(value) - 2))
    }
    BEGIN {
      many = split(ENVIRON["FILES"], file, "\\n")
      for (f = 1; f <= many; f++) while (file[f] != "" && (getline line < file[f]) > 0) {
        if (line ~ /^[ \\t]*(#|$)/) continue
        at = index(line, "=")
        if (at == 0 || line !~ /^[ \\t]*(export[ \\t]+)?[A-Za-z_][A-Za-z0-9_.]*[ \\t]*=/) learn(line)
        if (at > 0) learn(substr(line, at + 1))
      }
    }
    {
      rest = $0
      for (i = 1; i <= n; i++) {
        out = ""
        while ((at = index(rest, secret[i])) > 0) {
          out = out substr(rest, 1, at - 1) "[redacted]"
          rest = substr(rest, at + length(secret[i]))
        }
        rest = out rest
      }
      print rest
    }'
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

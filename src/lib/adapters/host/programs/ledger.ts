import { BROKEN, Status } from './shared.ts';

/** The last line, whatever it is, after those before it that are no refusals and no plans: these could hide all that was done. */
export const LEDGER_END = `
# A line without its end was never acknowledged.
whole() { if [ -z "$(tail -c 1 "$1")" ]; then cat "$1"; else sed '$d' "$1"; fi; }
ledger_end() {
  whole "$1" | awk -v keep="$2" '
    function take(text) {
      if ((index(text, "\\"kind\\":\\"refused\\"") && !index(text, "\\"approval\\":")) || index(text, "\\"kind\\":\\"planned\\"")) return
      line[++n] = text
      if (index(text, "\\"outcome\\":\\"confirmed\\"")) good[++m] = n
    }
    NR > 1 { take(last) }
    { last = $0 }
    END {
      start = n > keep ? n - keep + 1 : 1
      for (i = m > keep ? m - keep + 1 : 1; i <= m; i++) if (good[i] < start) print line[good[i]]
      for (i = start; i <= n; i++) print line[i]
      if (NR > 0) print last
    }'
}
`;

/** A line without its end was never acknowledged: its writer, or the power, was gone. */
const WHOLE_LINES = `
trim() { [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1")" ] || truncate -s "-$(tail -n 1 "$1" | wc -c)" "$1"; }
head_of() { [ ! -s "$1" ] || tail -n 1 "$1" | tr -d '\\n' | sha256sum | cut -d ' ' -f 1; }
`;

/**
 * `receive` reads the lines of stdin before a lock is asked for: what a dead connection still holds keeps nobody
 * waiting. `alone` keeps other writers away, and then the lock as well: no fence is raised between check and write.
 */
const RECEIVED = `
receive() {
  new=$hd/ledger.new.$$
  trap 'rm -f "$new"' EXIT
  cat > "$new" && [ "$(wc -c < "$new")" -eq "$bytes" ] || broken "$hd"
}
alone() {
  exec 7>>"$hd/ledger.mutex" 8>>"$hd/lock.mutex"
  flock -w 10 7 && flock -w 10 8 || exit 74
}
`;

/**
 * Arguments: .hd directory, hash of the line before (empty for the first), hash of the last new line, fence, bytes.
 * Stdin: the lines. What the connection cut, or the disk has no room for, leaves the ledger as it was; what is there
 * already was written by an append whose answer was lost. A lease that was taken over writes no more (D3).
 */
export const APPEND = `${BROKEN}${WHOLE_LINES}${RECEIVED}umask 077
hd=$1 prev=$2 last=$3 fence=$4 bytes=$5 ledger=$1/ledger.jsonl
mkdir -p "$hd" || exit 74
receive
alone
trim "$ledger"
head=$(head_of "$ledger") size=0
[ "$head" != "$last" ] || exit 0
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] || exit ${Status.fenced}
[ "$head" = "$prev" ] || exit ${Status.moved}
[ ! -s "$ledger" ] || size=$(wc -c < "$ledger")
cat "$new" >> "$ledger" && sync "$ledger" && { [ "$size" -gt 0 ] || sync "$hd"; } ||
  { truncate -s "$size" "$ledger"; broken "$hd"; }
`;

/**
 * Arguments: .hd directory, hash of the line that the ledger ends with, fence, bytes. Stdin: the lines of the ledger
 * that takes its place; the one that was there stays beside it under its head's name.
 */
export const ADOPT = `${BROKEN}${WHOLE_LINES}${RECEIVED}umask 077
hd=$1 head=$2 fence=$3 bytes=$4 ledger=$1/ledger.jsonl aside=$1/ledger-$2.jsonl
receive
alone
trim "$ledger"
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] || exit ${Status.fenced}
[ "$(head_of "$ledger")" = "$head" ] || exit ${Status.moved}
sync "$new" && ln -f "$ledger" "$aside" && [ -f "$aside" ] && mv "$new" "$ledger" && sync "$hd" || broken "$hd"
`;

/** Arguments: .hd directory. */
export const LEDGER = `${LEDGER_END}
[ ! -f "$1/ledger.jsonl" ] || whole "$1/ledger.jsonl"
`;

import { BROKEN, Status } from './shared.ts';

/** The last line, whatever it is, after those before it that are no refusals: these could hide all that was done. */
export const LEDGER_END = `
# A line without its end was never acknowledged.
whole() { if [ -z "$(tail -c 1 "$1")" ]; then cat "$1"; else sed '$d' "$1"; fi; }
ledger_end() {
  whole "$1" | awk -v keep="$2" '
    function take(text) {
      if (index(text, "\\"kind\\":\\"refused\\"")) return
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

/**
 * Arguments: .hd directory, hash of the line before (empty for the first), bytes. Stdin: the line. One that the
 * connection cut, or that the disk has no room for, leaves the ledger as it was.
 */
export const APPEND = `${BROKEN}umask 077
hd=$1 prev=$2 bytes=$3 ledger=$1/ledger.jsonl new=$1/ledger.new
mkdir -p "$hd" || exit 74
exec 7>>"$hd/ledger.mutex"
flock -w 10 7 || exit 74
# A line without its end was never acknowledged: its writer, or the power, was gone.
[ ! -s "$ledger" ] || [ -z "$(tail -c 1 "$ledger")" ] || truncate -s "-$(tail -n 1 "$ledger" | wc -c)" "$ledger"
head= size=0
[ -s "$ledger" ] && size=$(wc -c < "$ledger") && head=$(tail -n 1 "$ledger" | tr -d '\\n' | sha256sum | cut -d ' ' -f 1)
[ "$head" = "$prev" ] || exit ${Status.moved}
cat > "$new" && [ "$(wc -c < "$new")" -eq "$bytes" ] || broken "$hd"
cat "$new" >> "$ledger" && sync "$ledger" || { truncate -s "$size" "$ledger"; broken "$hd"; }
rm -f "$new"
`;

/** Arguments: .hd directory. */
export const LEDGER = `${LEDGER_END}
[ ! -f "$1/ledger.jsonl" ] || whole "$1/ledger.jsonl"
`;

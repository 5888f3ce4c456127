/**
 * Arguments: .hd directory; `all`, or nothing for the ledger alone. Answers every file of the records as it is, in
 * base64 so that no byte of it can be taken for the answer's own. A ledger that is being written is waited for.
 */
export const RECORDS = `
hd=$1
part() { printf '\\036%s\\n' "$1"; base64 "$2" || exit 74; }
if [ -f "$hd/ledger.jsonl" ]; then
  exec 7>>"$hd/ledger.mutex"
  flock -s -w 10 7 || exit 74
  part ledger "$hd/ledger.jsonl"
fi
if [ "$2" = all ]; then
  for f in "$hd"/ledger-*.jsonl; do
    [ -f "$f" ] || continue
    name=\${f##*/ledger-}
    part "aside \${name%.jsonl}" "$f"
  done
  for f in "$hd"/journals/*.jsonl; do
    [ -f "$f" ] || continue
    name=\${f##*/}
    part "journal \${name%.jsonl}" "$f"
  done
fi
printf '\\036end\\n'
`;

import { FULL } from './shared.ts';

/**
 * What a host writes down of a step, in its own words: `intend` before the effect, synced to disk, and `outcome` after
 * it. Both write one line in one piece under the file's own flock; a line without its end was torn by the power or a
 * full disk, and goes. An outcome names its intent by the number of its line.
 */
export const JOURNALLED = `${FULL}
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
# Hundredths of a second since the host was started: no clock that somebody sets.
tick() { up=0.00; { read -r up rest < /proc/uptime; } 2>/dev/null; ticks=\${up%.*}\${up#*.}; }
open_journal() { true >> "$journal" && exec 6>>"$journal" && flock -w 10 6; }
drop_torn() {
  [ ! -s "$journal" ] || tail -c 1 "$journal" | read -r end ||
    truncate -s "-$(tail -n 1 "$journal" | wc -c)" "$journal"
}
# Arguments: deployment, the intent as JSON. Whoever can't write it begins nothing.
intend() {
  journal=$hd/journals/$1.jsonl
  [ -d "$hd/journals" ] || mkdir -p -m 700 "$hd/journals" && open_journal && drop_torn || return 1
  set -- "$2" $(wc -lc < "$journal")
  of=$(($2 + 1))
  printf '{"at":"%s",%s\\n' "$(now)" "\${1#?}" >&6 && sync "$journal" &&
    { [ "$3" -gt 0 ] || sync "$hd/journals" "$hd"; } || { truncate -s "$3" "$journal"; return 1; }
  exec 6>&-
  tick
  began=$ticks
}
# Argument: exit status. One that can't be written is missing: how it ended is not known then.
outcome() {
  tick
  open_journal || return 1
  printf '{"at":"%s","ms":%s,"of":%s,"rc":%s}\\n' "$(now)" $(((ticks - began) * 10)) "$of" "$1" >&6 || drop_torn
  exec 6>&-
}
`;

/** The whole lines of a file; the number of them and their hash are on the disk, and stay. */
export const JOURNAL_HEAD = `
journal_head() {
  [ -f "$1" ] || return 0
  sync "$1"
  lines=$(wc -l < "$1")
  printf '%s %s\\n' "$lines" "$(head -n "$lines" "$1" | sha256sum | cut -d ' ' -f 1)"
}
`;

/** Arguments: .hd directory, deployment. */
export const JOURNAL = `
[ ! -f "$1/journals/$2.jsonl" ] || cat "$1/journals/$2.jsonl"
`;

/** Arguments: .hd directory, deployment. Answers how many lines, and their SHA-256. */
export const HEAD_OF_JOURNAL = `${JOURNAL_HEAD}
journal_head "$1/journals/$2.jsonl"
`;

import { FORGET_LOGINS } from './login.ts';
import { BROKEN, Status } from './shared.ts';

/** A number of a file of ours: the name of its key never stands unescaped in a text that it holds. */
const FIELD = `
field() { sed -n "s/.*\\"$1\\":\\([0-9]*\\).*/\\1/p" "$2" 2>/dev/null; }
`;

/** Lets the lease end that many seconds after its argument; the file is whole at any moment, also without power. */
const EXTEND = `
extend() {
  sed "s/\\"expires\\":[0-9]*/\\"expires\\":$(($1 + lease))/" "$hd/lock" > "$hd/lock.new" &&
    sync "$hd/lock.new" && mv "$hd/lock.new" "$hd/lock" && return
  rm -f "$hd/lock.new"
  return 1
}
`;

/**
 * Those who wait, in files \`line/TICKET\`: \`NUMBER UNTIL\`, and whose it is. \`queue\` learns who is first, and where
 * the own ticket stands; \`join\` keeps its place, or gives it one: the last, or the first if it is urgent.
 */
const LINE = `
waiting() {
  for f in "$hd"/line/*; do
    [ -f "$f" ] || continue
    number= until=
    read -r number until < "$f"
    # Who has not asked again has lost the place; a clock that was set back does not keep it for longer.
    if [ "\${until:-0}" -gt "$now" ] 2>/dev/null && [ "$until" -le $((now + stay)) ]; then
      printf '%s %s\\n' "$number" "\${f##*/}"
    else rm -f "$f"; fi
  done | sort -n
}
queue() {
  at=0 mine= low=0 last=0 first=
  set -- $(waiting)
  [ $# -eq 0 ] || low=$1 first=$2
  of=$(($# / 2)) i=0
  while [ $# -gt 0 ]; do
    i=$((i + 1)) last=$1
    [ "$2" != "$ticket" ] || at=$i mine=$1
    shift 2
  done
}
join() {
  [ -n "$ticket" ] || return 0
  if [ "$at" -eq 0 ]; then
    of=$((of + 1))
    if [ -n "$urgent" ]; then at=1 mine=$((low - 1)); else at=$of mine=$((last + 1)); fi
  fi
  mkdir -p "$hd/line" && printf '%s %s\\n%s\\n' "$mine" $((now + stay)) "$holder" > "$hd/line.new" &&
    mv "$hd/line.new" "$hd/line/$ticket" || broken "$hd"
}
`;

/**
 * Arguments: .hd directory, lease in seconds, how long a place in the line stays, holder as JSON, ticket, the fence of
 * a lease that need not run out, \`urgent\`, \`look\`; each of the last four may be empty.
 */
export const LOCK = `${BROKEN}${FIELD}${EXTEND}${LINE}umask 077
hd=$1 lease=$2 stay=$3 holder=$4 ticket=$5 instead=$6 urgent=$7 look=$8
mkdir -p "$hd" || exit 74
said() { printf '\\036%s\\n' "$1"; }
refuse() {
  join
  said "$1"
  printf '%s\\n' "$2"
  said at
  echo "$now"
  [ -z "$ticket" ] || { said place; echo "$at $of"; }
  exit 0
}
for try in 1 2; do
  exec 8>>"$hd/lock.mutex"
  flock -w 10 8 || broken "$hd"
  now=$(date +%s)
  queue
  if [ -z "$urgent" ] && [ -s "$hd/freeze" ]; then
    until=$(field until "$hd/freeze")
    if [ -z "$until" ] || [ "$until" -gt "$now" ]; then
      said frozen
      cat "$hd/freeze"
      said at
      echo "$now"
      exit 0
    fi
  fi
  if [ -s "$hd/lock" ]; then
    expires=$(field expires "$hd/lock")
    # The clock was set back: such a lease counts from now, and not until the clock has caught up.
    [ "\${expires:-0}" -le $((now + lease)) ] || extend "$now"
    if [ "\${expires:-0}" -gt "$now" ] && [ "$(field fence "$hd/lock")" != "$instead" ]; then
      refuse held "$(cat "$hd/lock")"
    fi
  fi
  if [ -z "$urgent" ] && [ -n "$first" ] && [ "$first" != "$ticket" ]; then
    refuse behind "$(sed -n 2p "$hd/line/$first")"
  fi
  if [ -n "$look" ]; then
    [ "$at" -eq 0 ] || join
    said free
    exit 0
  fi
  # A step that was left to itself is waited for, before anything is begun; nobody else is kept waiting meanwhile.
  exec 9>>"$hd/mutex"
  flock -n 9 && break
  join
  exec 8>&-
  [ "$try" -eq 1 ] && flock -w 5 9 || exit ${Status.busy}
  exec 9>&-
done
# No effect begins until the fence is another; a number that was lost with the power is never given twice.
fence=$(cat "$hd/fence" 2>/dev/null || echo 0)
case $fence in '' | *[!0-9]*) fence=$now ;; esac
fence=$((fence + 1))
printf '%s\\n' "$fence" > "$hd/fence.new" && sync "$hd/fence.new" && mv "$hd/fence.new" "$hd/fence" || broken "$hd"
[ ! -s "$hd/lock" ] || { said replaced; cat "$hd/lock"; }
rm -f "$hd/stop"
${FORGET_LOGINS}
printf '{"expires":%s,"fence":%s,"holder":%s,"since":%s}\\n' $((now + lease)) "$fence" "$holder" "$now" > "$hd/lock.new" &&
  sync "$hd/lock.new" && mv "$hd/lock.new" "$hd/lock" && sync "$hd" || broken "$hd"
[ -z "$ticket" ] || rm -f "$hd/line/$ticket"
said taken
echo "$fence"
`;

/** Arguments: .hd directory, ticket. */
export const LEAVE_LINE = `
rm -f "$1/line/$2"
`;

/** Begins what only the holder of the lease may do, with .hd directory and fence as its first arguments. */
const HELD = `
hd=$1 fence=$2
exec 8>>"$hd/lock.mutex"
flock -w 10 8 || exit 74
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] && [ -s "$hd/lock" ] || exit ${Status.fenced}
`;

/** Arguments: .hd directory, fence, lease in seconds; a lease of 0 gives it back. */
export const RENEW = `${EXTEND}${HELD}
lease=$3
if [ "$lease" -gt 0 ]; then extend "$(date +%s)"; else rm -f "$hd/stop" "$hd/lock"; fi
`;

/** Arguments: .hd directory, the fence of the lease that is to end, who wants it as JSON. Another lease is left alone. */
export const ASK = `${BROKEN}${FIELD}umask 077
hd=$1
exec 8>>"$hd/lock.mutex"
flock -w 10 8 || exit 74
[ "$(field fence "$hd/lock")" = "$2" ] || exit 0
printf '{"at":%s,%s\\n' "$(date +%s)" "\${3#?}" > "$hd/stop.new" && mv "$hd/stop.new" "$hd/stop" || broken "$hd"
`;

/** Arguments: .hd directory, fence. Who asks the holder of that lease to stop; nothing if nobody does. */
export const ASKED = `${FIELD}
[ "$(cat "$1/fence" 2>/dev/null)" = "$2" ] || exit ${Status.fenced}
[ "$(field fence "$1/stop")" != "$2" ] || cat "$1/stop"
`;

/** Arguments: .hd directory, fence, the freeze as JSON, or nothing to take it away. */
export const FREEZE = `${BROKEN}umask 077
${HELD}
if [ -z "$3" ]; then rm -f "$hd/freeze"
else
  printf '{"since":%s,%s\\n' "$(date +%s)" "\${3#?}" > "$hd/freeze.new" && sync "$hd/freeze.new" &&
    mv "$hd/freeze.new" "$hd/freeze" || broken "$hd"
fi
sync "$hd"
`;

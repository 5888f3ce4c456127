import { quote } from '../../ssh/quote.ts';
import { JOURNALLED } from './journal.ts';
import { LOGGED_IN, LOGGED_OUT } from './login.ts';
import { BROKEN, MASK } from './shared.ts';

/** What is given back of a step's output. */
const OUTPUT_BYTES = 262_144;

/**
 * Runs in a session of its own, and outlives whoever began it. Arguments: .hd directory, step id, fence, limit in
 * seconds, whether it runs alone, deployment, intent, then what to run. The last word is the journal's; `rc` says then
 * to those who wait that there is nothing more to come.
 */
const DETACHED = `${LOGGED_OUT}${JOURNALLED}
hd=$1 d=$1/steps/$2 fence=$3 limit=$4 alone=$5 deployment=$6 intent=$7
shift 7
say() { printf '%-9s\\n' "$1" 1<> "$d/room" && mv "$d/room" "$d/rc"; }
exec 9>>"$hd/mutex"
flock -w "$limit" 9 || { say busy; exit; }
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] || { say fenced; exit; }
intend "$deployment" "$intent" || { say unwritten; exit; }
[ "$alone" = yes ] || exec 9>&-
timeout -k 5 "$limit" "$@"
rc=$?
outcome "$rc"
say "$rc"
`;

/**
 * Waits as long as somebody still holds the step's output and nobody has said how it ended, then tells: its status;
 * `fenced`, `busy`; `running` after the limit; `gone` if its processes were killed or the host was off; `cancelled` if
 * it never began and never will; `none` if not even that could be written. A step that could not be written into the
 * journal was not begun: that is no end, but status 74.
 */
const ENDED = `${BROKEN}${MASK}
ended() {
  i=0
  rc=gone
  [ -f "$d/out" ] || rc=none
  until [ -f "$d/rc" ] || [ "$rc" = none ] || flock -w 1 "$d/out" true; do
    i=$((i + 1))
    [ "$i" -lt "$limit" ] || { rc=running; break; }
  done
  [ ! -f "$d/rc" ] || read -r rc < "$d/rc"
  # A secret that is cut in two would not be known for one.
  [ ! -f "$d/out" ] || mask "$secrets" < "$d/out" | tail -c ${OUTPUT_BYTES}
  [ "$rc" != unwritten ] || unwritten "$hd"
  printf '\\036rc %s\\n' "$rc"
}
`;

/**
 * Arguments: .hd directory, step id, fence, limit in seconds, files with secrets, whether it runs alone (`yes`,
 * or `no` for what changes nothing that serves: a pull that hangs must not keep a rollback waiting), `login` if Docker's
 * configuration for it is on stdin (or empty), deployment, the intent as JSON, then what to run. The output comes live
 * on stderr, and its end on stdout with the exit status, or the word `fenced` or `busy`: a status alone could be the
 * step's own. Room for the end is taken before the beginning, and a lock on the output tells whether any process of the
 * step is left. The step's directory appears whole, with that lock held: one who finds it taken begins nothing, but tells
 * what came of it.
 */
export const EFFECT = `${ENDED}${LOGGED_IN}
umask 077
unset RUNNER_TRACKING_ID
hd=$1 id=$2 d=$1/steps/$2 new=$1/steps/$2.new.$$ fence=$3 limit=$4 secrets=$5 alone=$6 config=
[ "$7" != login ] || log_in
shift 7
abandon() { rm -rf "$new" \${config:+"$config"}; }
mkdir -p "$new" && printf '%-9s\\n' '' > "$new/room" && true > "$new/out" && exec 8>>"$new/out" && flock -w 10 8 ||
  { abandon; unwritten "$hd"; }
if ! mv -T "$new" "$d" 2>/dev/null; then
  exec 8>&-
  abandon
  [ -d "$d" ] || unwritten "$hd"
  ended
  exit
fi
setsid sh -c ${quote([DETACHED])} hd "$hd" "$id" "$fence" "$limit" "$alone" "$@" >&8 2>&8 8>&- < /dev/null &
pid=$!
exec 8>&-
# Where this shell is ended by others, its follower still ends with the step.
tail -n +1 --pid="$pid" -f "$d/out" >&2 &
follower=$!
wait $pid
kill $follower 2>/dev/null
ended
`;

/**
 * Arguments: .hd directory, step id, limit in seconds, files with secrets. For a step that was begun by another shell, or
 * was to be: one whose request is still on its way finds its place taken.
 */
export const ATTACH = `${ENDED}
umask 077
hd=$1 d=$1/steps/$2 new=$1/steps/$2.new.$$ limit=$3 secrets=$4
[ -d "$d" ] || { mkdir -p "$new" && echo cancelled > "$new/rc" && mv -T "$new" "$d" 2>/dev/null; } || rm -rf "$new"
ended
`;

import { MASK, Status } from './shared.ts';

/** What is given back of a step's output. */
const OUTPUT_BYTES = 262_144;

/**
 * Arguments: .hd directory, step id, fence, limit in seconds, files with secrets, whether it runs alone (`yes`,
 * or `no` for what changes nothing that serves: a pull that hangs must not keep a rollback waiting), then what to run.
 * The step runs in a session of its own and outlives ours; its output comes live on stderr, and its end on stdout with
 * the exit status, or the word `fenced` or `busy`: a status alone could be the step's own.
 */
export const EFFECT = `${MASK}
umask 077
unset RUNNER_TRACKING_ID
hd=$1 d=$1/steps/$2 fence=$3 limit=$4 secrets=$5 alone=$6
shift 6
mkdir -p "$d" && : > "$d/out" || exit 74
setsid sh -c '
d=$1 limit=$2 alone=$3
shift 3
say() { printf "%s\\n" "$1" > "$d/rc.new" && mv "$d/rc.new" "$d/rc"; }
exec 9>>"$1/mutex"
flock -w "$limit" 9 || { say busy; exit ${Status.busy}; }
[ "$(cat "$1/fence" 2>/dev/null)" = "$2" ] || { say fenced; exit ${Status.fenced}; }
[ "$alone" = yes ] || exec 9>&-
shift 2
timeout -k 5 "$limit" "$@"
rc=$?
say "$rc"
exit "$rc"' hd "$d" "$limit" "$alone" "$hd" "$fence" "$@" > "$d/out" 2>&1 < /dev/null &
pid=$!
# Where this shell is ended by others, its follower still ends with the step.
tail -n +1 --pid="$pid" -f "$d/out" >&2 &
follower=$!
wait $pid
rc=$?
kill $follower 2>/dev/null
[ -f "$d/rc" ] && rc=$(cat "$d/rc")
tail -c ${OUTPUT_BYTES} "$d/out" | mask "$secrets"
printf '\\036rc %s\\n' "$rc"
`;

/** Arguments: .hd directory, step id, limit in seconds. Waits for a step that was begun; `rc none` if it never was. */
export const ATTACH = `${MASK}
d=$1/steps/$2
i=0
while [ ! -f "$d/rc" ] && [ -d "$d" ] && [ "$i" -lt "$3" ]; do
  flock -w 1 "$1/mutex" true
  [ -f "$d/rc" ] || sleep 1
  i=$((i + 1))
done
[ -f "$d/out" ] && tail -c ${OUTPUT_BYTES} "$d/out" | mask "$4"
if [ -f "$d/rc" ]; then rc=$(cat "$d/rc"); elif [ -d "$d" ]; then rc=running; else rc=none; fi
printf '\\036rc %s\\n' "$rc"
`;

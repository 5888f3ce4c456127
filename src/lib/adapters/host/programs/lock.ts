import { BROKEN, Status } from './shared.ts';

/** Arguments: .hd directory, lease in seconds, holder as JSON. */
export const LOCK = `${BROKEN}umask 077
hd=$1 lease=$2 holder=$3
mkdir -p "$hd" || exit 74
# A step that was left to itself is waited for, before anything is begun.
exec 9>>"$hd/mutex"
flock -w 5 9 || exit ${Status.busy}
exec 9>&-
exec 8>>"$hd/lock.mutex"
flock -w 10 8 || broken "$hd"
now=$(date +%s)
if [ -s "$hd/lock" ]; then
  expires=$(sed -n 's/.*"expires":\\([0-9]*\\).*/\\1/p' "$hd/lock")
  if [ "\${expires:-0}" -gt "$now" ]; then printf '\\036held\\n'; cat "$hd/lock"; exit 0; fi
  printf '\\036replaced\\n'
  cat "$hd/lock"
fi
fence=$(($(cat "$hd/fence" 2>/dev/null || echo 0) + 1))
printf '%s\\n' "$fence" > "$hd/fence.new" && mv "$hd/fence.new" "$hd/fence" || broken "$hd"
printf '{"expires":%s,"fence":%s,"holder":%s,"since":%s}\\n' $((now + lease)) "$fence" "$holder" "$now" > "$hd/lock.new" &&
  mv "$hd/lock.new" "$hd/lock" || broken "$hd"
printf '\\036taken\\n%s\\n' "$fence"
`;

/** Arguments: .hd directory, fence, lease in seconds; a lease of 0 gives it back. */
export const RENEW = `
hd=$1 fence=$2 lease=$3
exec 8>>"$hd/lock.mutex"
flock -w 10 8 || exit 74
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] && [ -s "$hd/lock" ] || exit ${Status.fenced}
if [ "$lease" -eq 0 ]; then rm -f "$hd/lock"; exit; fi
sed "s/\\"expires\\":[0-9]*/\\"expires\\":$(($(date +%s) + lease))/" "$hd/lock" > "$hd/lock.new" && mv "$hd/lock.new" "$hd/lock"
`;

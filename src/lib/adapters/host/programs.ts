/**
 * What runs on a host: constant programs of POSIX sh. Data reaches them as arguments or on stdin and is never part
 * of their text. A record separator (octal 036) begins a section of an answer; JSON never holds one unescaped.
 */

/** Exit statuses of our programs that a host's own tools do not use. */
export const Status = { fenced: 75, moved: 76, docker: 77, busy: 78 } as const;

/** A file of the container's, which Docker keeps below its root directory, and on the next line what is wanted of it. */
const CONTAINER_FORMAT = [
  '{{println .HostnamePath}}{"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}}',
  '"state":{{json .State.Status}},"health":{{with index .State "Health"}}{{json .Status}}{{else}}null{{end}}',
  '"exitCode":{{json .State.ExitCode}},"startedAt":{{json .State.StartedAt}},"restarts":{{json .RestartCount}}',
  '"restartPolicy":{{json .HostConfig.RestartPolicy.Name}}',
  '"service":{{json (index .Config.Labels "com.docker.compose.service")}}',
  '"oneoff":{{json (index .Config.Labels "com.docker.compose.oneoff")}}',
  '"configFiles":{{json (index .Config.Labels "com.docker.compose.project.config_files")}}}',
].join(',');

/** Of a container only named fields are asked for: its environment, where secrets are, never leaves the host. */
const LIST_CONTAINERS = `
section() { printf '\\036%s\\n' "$1"; }
refuse() { section error; printf '%s\\n' "$1"; exit ${Status.docker}; }
list_containers() {
  found=
  for try in 1 2 3; do
    ids=$(docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" 2>&1) || refuse "$ids"
    [ -n "$ids" ] || break
    # One that was removed between the two questions makes the second one fail.
    found=$(docker inspect --type container --format '${CONTAINER_FORMAT}' $ids 2>&1) && break
    [ "$try" -lt 3 ] || refuse "$found"
  done
  section containers
  [ -z "$ids" ] || printf '%s\\n' "$found"
}
`;

/** Arguments: project; how often to look again, 50 ms later, while the healthcheck of one has not spoken yet. */
export const CONTAINERS = `${LIST_CONTAINERS}
again=$2
starting() { docker ps -q --filter "label=com.docker.compose.project=$1" --filter health=starting 2>/dev/null; }
while [ "$again" -gt 0 ] && [ -n "$(starting "$1")" ]; do
  sleep 0.05
  again=$((again - 1))
done
list_containers "$1"
section end
`;

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
 * Arguments: directory, project, ledger lines, then env files relative to the directory. Docker is asked two things
 * at once: what the left side of a pipe says waits in the pipe until the right side has said its own. `docker info`
 * takes longer than all the rest, so it is asked only where no container tells Docker's root directory.
 */
export const OBSERVE = `${LIST_CONTAINERS}${LEDGER_END}
dir=$1 project=$2 lines=$3
shift 3
section clock
date +%s%3N
disk() {
  root=$(printf '%s\\n' "$found" | sed -n 's|^\\(/.*\\)/containers/.*|\\1|p' | head -n 1)
  [ -n "$root" ] || root=$(docker info --format '{{.DockerRootDir}}')
  section disk
  df -Pk "$root" 2>/dev/null || df -Pk /
}
list_images() {
  images=$(docker image ls --digests --no-trunc --format '{"repository":{{json .Repository}},"tag":{{json .Tag}},"digest":{{json .Digest}},"id":{{json .ID}}}' 2>&1) || refuse "$images"
  section images
  printf '%s\\n' "$images"
}
list_images | { list_containers "$project"; disk; cat; }
section current
readlink "$dir/current" 2>/dev/null
section releases
for m in "$dir"/releases/*/manifest.json; do [ -f "$m" ] && cat "$m" && echo; done
section files
for f in "$dir"/files/*; do [ -d "$f" ] && printf '%s\\n' "\${f##*/}"; done
section lock
cat "$dir/.hd/lock" 2>/dev/null
section ledger
if [ -f "$dir/.hd/ledger.jsonl" ]; then wc -l < "$dir/.hd/ledger.jsonl"; ledger_end "$dir/.hd/ledger.jsonl" "$lines"; fi
section envfiles
for f; do
  if [ ! -f "$dir/$f" ]; then echo missing
  else case $(ls -ldL "$dir/$f") in ???????r*) echo world-readable ;; *) echo ok ;; esac; fi
done
section end
`;

/** What is given back of a step's output. */
const OUTPUT_BYTES = 262_144;

/** Leaves nothing half-written behind, and says why where a shell's own words do not. */
const BROKEN = `
broken() {
  rm -f "$1"/*.new 2>/dev/null
  [ "$(df -Pk "$1" | awk 'END { print $4 }')" -gt 0 ] || echo 'no space left on device' >&2
  exit 74
}
`;

/**
 * Takes the values of environment files out of what a program said, before it leaves the host: Compose's own errors
 * quote what it interpolated. One argument: the files, a line each. A line that is no KEY=VALUE counts whole.
 */
const MASK = `
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

/** Every effect checks, under the host's flock, that the lease is still its own (D3). */
const FENCED = `
hd=$1 fence=$2
shift 2
exec 9>>"$hd/mutex"
flock -w 20 9 || exit ${Status.busy}
[ "$(cat "$hd/fence" 2>/dev/null)" = "$fence" ] || exit ${Status.fenced}
`;

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

/**
 * Arguments: .hd directory, fence, target directory. Stdin: for each file a line \`BYTES MODE PATH\` and its bytes,
 * then the line \`done\`; without that line the connection was cut, and nothing is kept.
 */
export const SHIP = `
umask 077
${FENCED}
target=$1 tmp=$1.new
mkdir -p "$(dirname "$target")" && rm -rf "$tmp" && mkdir "$tmp" || exit 74
abandon() { rm -rf "$tmp"; exit 74; }
whole=
while IFS=' ' read -r n mode path; do
  [ "$n" = done ] && { whole=yes; break; }
  case "/$path/" in *//* | */./* | */../*) abandon ;; esac
  mkdir -p "$(dirname "$tmp/$path")" || abandon
  if [ "$n" -eq 0 ]; then : > "$tmp/$path" || abandon
  else dd bs="$n" count=1 iflag=fullblock of="$tmp/$path" conv=fsync status=none || abandon; fi
  chmod "$mode" "$tmp/$path" || abandon
done
[ -n "$whole" ] || abandon
find "$tmp" -type d -exec chmod 755 {} +
rm -rf "$target" && mv "$tmp" "$target" || abandon
sync "$(dirname "$target")"
`;

/** Arguments: .hd directory, fence, directory, link, target. */
export const POINT = `${FENCED}${BROKEN}
cd "$1" && ln -sfn "$3" "$2.new" && mv -T "$2.new" "$2" && sync . || broken "$1"
`;

/** Arguments: directory, then paths below it. Each is answered as its bytes in base64. */
export const READ = `
cd "$1" || exit 74
shift
for f; do printf '\\036'; base64 "./$f" || exit 74; done
`;

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

/** What ends the answer of LOGS if Docker refused: then there are no lines that could be called clean. */
export const LOGS_REFUSED = '\x1erefused\n';

/** Arguments: container id, since (RFC 3339), files with secrets. The last 2000 lines, at most 256 KiB. */
export const LOGS = `${MASK}
{ docker logs --since "$2" --tail 2000 "$1" 2>&1 || printf '\\036refused\\n'; } | tail -c 262144 | mask "$3"
`;

/**
 * Arguments: .hd directory, fence, directory, then words: \`release ID\`, \`file HASH\`, \`image REF\` to keep and
 * \`repository NAME\` whose other images may go. Directories that are named by nobody go; an image in use stays.
 */
export const PRUNE = `${FENCED}
dir=$1
shift
keep=' '
repositories=
while [ $# -gt 1 ]; do
  case $1 in repository) repositories="$repositories $2" ;; *) keep="$keep$1:$2 " ;; esac
  shift 2
done
for p in "$dir"/releases/* "$dir"/releases/.*.new; do
  [ -d "$p" ] || continue
  case $keep in *" release:\${p##*/} "*) ;; *) rm -rf "$p" ;; esac
done
for p in "$dir"/files/*; do
  [ -d "$p" ] || continue
  case $keep in *" file:\${p##*/} "*) ;; *) rm -rf "$p" ;; esac
done
for p in "$hd"/steps/*; do
  [ -d "$p" ] || continue
  case $keep in *" release:\${p##*/} "*) ;; *) rm -rf "$p" ;; esac
done
for r in $repositories; do
  docker image ls --digests --format '{{.Repository}}@{{.Digest}}' "$r" | while read -r image; do
    case $image in *'@<none>') continue ;; esac
    case $keep in *" image:$image "*) ;; *) docker image rm "$image" > /dev/null 2>&1 ;; esac
  done
done
true
`;

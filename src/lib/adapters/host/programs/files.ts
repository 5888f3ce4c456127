import { JOURNALLED } from './journal.ts';
import { FORGET_LOGINS } from './login.ts';
import { FENCED } from './shared.ts';

/**
 * Arguments: .hd directory, fence, deployment, intent as JSON, target directory. Stdin: for each file a line
 * `BYTES MODE PATH` and its bytes, then the line `done`; without that line the connection was cut, and nothing is kept.
 * All is read before the lock is asked for: what a dead connection still holds keeps nobody waiting.
 */
export const SHIP = `${FENCED}${JOURNALLED}
umask 077
hd=$1 target=$5 tmp=$5.new.$$
parent=$(dirname "$target")
mkdir -p "$parent" && rm -rf "$tmp" && mkdir "$tmp" || unwritten "$hd"
trap 'rm -rf "$tmp"' EXIT
abandon() { unwritten "$hd"; }
whole=
while IFS=' ' read -r n mode path; do
  [ "$n" = done ] && { whole=yes; break; }
  case "/$path/" in *//* | */./* | */../*) abandon ;; esac
  mkdir -p "$(dirname "$tmp/$path")" || abandon
  if [ "$n" -eq 0 ]; then true > "$tmp/$path" || abandon
  else dd bs="$n" count=1 iflag=fullblock of="$tmp/$path" conv=fsync status=none || abandon; fi
  chmod "$mode" "$tmp/$path" || abandon
done
[ -n "$whole" ] || abandon
find "$tmp" -type d -exec chmod 755 {} +
fenced "$1" "$2"
intend "$3" "$4" || abandon
trap 'outcome $?; rm -rf "$tmp"' EXIT
rm -rf "$target" && mv "$tmp" "$target" && sync "$parent" || abandon
`;

/** Arguments: .hd directory, fence, deployment, intent as JSON, directory, link, target. */
export const POINT = `${FENCED}${JOURNALLED}
umask 077
hd=$1 directory=$5 link=$6 target=$7
fenced "$1" "$2"
intend "$3" "$4" || unwritten "$hd"
trap 'outcome $?' EXIT
cd "$directory" && ln -sfn "$target" "$link.new" && mv -T "$link.new" "$link" && sync . || unwritten "$hd"
`;

/** Arguments: directory, then paths below it. Each is answered as its bytes in base64. */
export const READ = `
cd "$1" || exit 74
shift
for f; do printf '\\036'; base64 "./$f" || exit 74; done
`;

/**
 * Arguments: .hd directory, fence, directory, then words: \`release ID\`, \`file HASH\`, \`image REF\` to keep and
 * \`repository NAME\` whose other images may go. Directories that are named by nobody go; an image in use stays.
 */
export const PRUNE = `${FENCED}
umask 077
hd=$1 dir=$3
fenced "$1" "$2"
shift 3
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
${FORGET_LOGINS}
# What was about to be put in place when its writer died; one that lives holds the lock of that place.
if [ -L "$dir/current.new" ]; then rm -f "$dir/current.new"; fi
flock -w 10 "$hd/lock.mutex" find "$hd" -maxdepth 1 -name '*.new' -exec rm -f {} +
# One with the number of its writer is younger than any exchange, or nobody's.
find "$hd" -maxdepth 3 -name '*.new.*' -mmin +10 -exec rm -rf {} +
rm -f "$hd"/steps/*/*/room
for r in $repositories; do
  docker image ls --digests --format '{{.Repository}}@{{.Digest}}' "$r" | while read -r image; do
    case $image in *'@<none>') continue ;; esac
    case $keep in *" image:$image "*) ;; *) docker image rm "$image" > /dev/null 2>&1 ;; esac
  done
done
true
`;

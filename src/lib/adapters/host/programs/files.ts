import { BROKEN, FENCED } from './shared.ts';

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

import { Status } from './shared.ts';
import { JOURNAL_HEAD } from './journal.ts';
import { LEDGER_END } from './ledger.ts';

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

/**
 * Arguments: directory, project, ledger lines, the deployment whose journal is wanted (or nothing), then env files
 * relative to the directory. Docker is asked two things at once: what the left side of a pipe says waits in the pipe
 * until the right side has said its own. `docker info` takes longer than all the rest, so it is asked only where no
 * container tells Docker's root directory.
 */
export const OBSERVE = `${LIST_CONTAINERS}${LEDGER_END}${JOURNAL_HEAD}
dir=$1 project=$2 lines=$3 deployment=$4
shift 4
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
section freeze
cat "$dir/.hd/freeze" 2>/dev/null
section ledger
if [ -f "$dir/.hd/ledger.jsonl" ]; then
  printf '%s %s\\n' "$(wc -l < "$dir/.hd/ledger.jsonl")" "$(whole "$dir/.hd/ledger.jsonl" | grep -vc '^{.*}$')"
  ledger_end "$dir/.hd/ledger.jsonl" "$lines"
fi
section journal
[ -z "$deployment" ] || journal_head "$dir/.hd/journals/$deployment.jsonl"
section envfiles
for f; do
  if [ ! -f "$dir/$f" ]; then echo missing
  else case $(ls -ldL "$dir/$f") in ???????r*) echo world-readable ;; *) echo ok ;; esac; fi
done
section end
`;

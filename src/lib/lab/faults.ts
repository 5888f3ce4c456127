import { UsageError } from '../domain/errors.ts';
import { Docker } from './docker.ts';
import type { Lab, LabHost } from './home.ts';

/** @throws UsageError that names the hosts that there are */
function hostOf(lab: Lab, name: string): LabHost {
  const host = lab.hosts.find((each) => each.name === name);
  if (host !== undefined) return host;
  const names = lab.hosts.map((each) => each.name).join(', ');
  throw new UsageError(`the lab has no host ${JSON.stringify(name)}`, `one of ${names}`);
}

/** Packets that come in, and packets that go out, of the machine and of its containers alike. */
const CUTS = [
  ['PREROUTING', '-i'],
  ['POSTROUTING', '-o'],
] as const;

/** Loses every packet from and to the host: connections hang, nothing is refused. A reboot mends it too. */
export async function cut(lab: Lab, name: string): Promise<void> {
  for (const rule of CUTS) {
    if (!(await isCut(lab, name, rule))) await inHost(lab, name, [...table('-I', rule)]);
  }
}

export async function mend(lab: Lab, name: string): Promise<void> {
  for (const rule of CUTS) {
    if (await isCut(lab, name, rule)) await inHost(lab, name, [...table('-D', rule)]);
  }
}

export async function isCut(lab: Lab, name: string, rule: (typeof CUTS)[number] = CUTS[0]): Promise<boolean> {
  const argv = ['exec', hostOf(lab, name).container, ...table('-C', rule)];
  return (await engine(lab).attempt(argv)).status === 0;
}

function table(operation: '-I' | '-D' | '-C', [chain, direction]: (typeof CUTS)[number]): string[] {
  return ['iptables', '-t', 'mangle', operation, chain, direction, 'eth0', '-j', 'DROP'];
}

/** Off and on again, as by its power switch; comes back when its engine and its sshd answer. */
export async function reboot(lab: Lab, name: string): Promise<void> {
  await powerOff(lab, name);
  await powerOn(lab, name);
}

/** Ends the host at once, everything on it included; its disk stays. */
export async function powerOff(lab: Lab, name: string): Promise<void> {
  await engine(lab).run(['kill', hostOf(lab, name).container]);
}

export async function powerOn(lab: Lab, name: string): Promise<void> {
  const { container } = hostOf(lab, name);
  await engine(lab).run(['start', container]);
  await engine(lab).run(['exec', container, '/lab/ready']);
}

/**
 * Leaves no byte free in a directory of the host: a small file system of its own, with what was in the
 * directory, and full.
 */
export async function fillDisk(lab: Lab, name: string, directory: string): Promise<void> {
  await inHost(lab, name, ['sh', '-c', FILL, 'fill', directory]);
}

export async function freeDisk(lab: Lab, name: string, directory: string): Promise<void> {
  await inHost(lab, name, ['sh', '-c', FREE, 'free', directory]);
}

const FILL = `set -eu
mount -t tmpfs -o size=16m,mode=755 tmpfs /mnt
cp -a "$1/." /mnt
mount --move /mnt "$1" 2>/dev/null || { mount --bind /mnt "$1"; umount /mnt; }
dd if=/dev/zero of="$1/.full" bs=4k 2>/dev/null || true`;

/** What was removed while the disk was full is removed; what was left alone keeps its inode, which may be open. */
const FREE = `set -eu
rm -f "$1/.full"
mount --bind "$1" /mnt
umount "$1"
cd "$1"
find . -mindepth 1 -depth | while IFS= read -r path; do
  [ -e "/mnt/$path" ] || [ -L "/mnt/$path" ] || rm -rf "./$path"
done
cp -a --update --no-target-directory /mnt .
umount /mnt`;

/** Stops the Docker engine, and the containers with it, as `systemctl stop docker` does; the machine stays up. */
export async function stopEngine(lab: Lab, name: string): Promise<void> {
  await inHost(lab, name, ['sh', '-c', STOP_ENGINE]);
}

/** Comes back when the engine answers; containers with a restart policy come back by themselves. */
export async function startEngine(lab: Lab, name: string): Promise<void> {
  await inHost(lab, name, ['rm', '-f', '/run/engine-stopped']);
  await inHost(lab, name, ['/lab/ready']);
}

const STOP_ENGINE = `set -eu
touch /run/engine-stopped
pid=$(cat /run/docker.pid)
kill "$pid"
for try in $(seq 300); do
  kill -0 "$pid" 2>/dev/null || exit 0
  sleep 0.1
done
echo 'the engine does not stop' >&2
exit 1`;

/**
 * The host's clock goes wrong by so many seconds; 0 sets it right. All containers of a machine share one kernel's
 * clock, so what is shifted is what a program that logs in reads there: `date`, and times that `docker` tells or takes.
 */
export async function shiftClock(lab: Lab, name: string, seconds: number): Promise<void> {
  await inHost(lab, name, ['sh', '-c', SHIFT, 'shift', String(seconds)], DOCKER_ELSEWHEN);
}

const SHIFT = `set -eu
cd /usr/local/bin
if [ "$1" -eq 0 ]; then rm -f date docker; exit; fi
printf '#!/bin/sh\nexec /usr/bin/date --date="%s seconds" "$@"\n' "$1" > date
{ printf '#!/usr/bin/perl\nmy $shift = %s;\n' "$1"; cat; } > docker
chmod 755 date docker`;

const DOCKER_ELSEWHEN = String.raw`use POSIX ();
$ENV{TZ} = 'UTC';
sub moved {
  my ($text, $by) = @_;
  $text =~ s{\b(2\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)}{
    POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime(POSIX::mktime($6, $5, $4, $3, $2 - 1, $1 - 1900) + $by))}ge;
  return $text;
}
my @command = ('/usr/bin/docker', map { moved($_, -$shift) } @ARGV);
exec @command unless grep { $_ eq 'inspect' } @ARGV;
open(my $said, '-|', @command) or exit 127;
print moved($_, $shift) while <$said>;
close($said);
exit($? >> 8);
`;

export async function stopRegistry(lab: Lab): Promise<void> {
  await engine(lab).run(['stop', '--time', '1', lab.registry.container]);
}

export async function startRegistry(lab: Lab): Promise<void> {
  await engine(lab).run(['start', lab.registry.container]);
}

/** Gives the host another host key, as a reinstalled or an impostor's machine has; sshd shows it from then on. */
export async function changeHostKey(lab: Lab, name: string): Promise<void> {
  await inHost(lab, name, ['sh', '-c', REKEY]);
}

const REKEY = `set -eu
key=/etc/ssh/ssh_host_ed25519_key
rm -f "$key" "$key.pub"
ssh-keygen -q -t ed25519 -N '' -f "$key"
kill -HUP "$(cat /run/sshd.pid)"
for try in $(seq 100); do
  ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | grep -qF "$(cut -d ' ' -f 2 "$key.pub")" && exit 0
  sleep 0.1
done
exit 1`;

/** As root, past SSH: what a person at the machine itself could do. */
export function inHost(lab: Lab, name: string, argv: readonly string[], input?: string): Promise<string> {
  const interactive = input === undefined ? [] : ['--interactive'];
  return engine(lab).run(
    ['exec', ...interactive, hostOf(lab, name).container, ...argv],
    input === undefined ? {} : { input },
  );
}

function engine(lab: Lab): Docker {
  return new Docker(lab.dockerHost);
}

import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A name that a process has for ever, and no other one gets: the boot of its machine, its namespace of process ids,
 * its id, and when it started (proc(5), field 22 of stat). Undefined where the system does not say all of it.
 */
export function processIdentity(pid = process.pid): string | undefined {
  const machine = machineIdentity();
  const process = statOf(pid);
  if (machine === undefined || process === undefined || process === 'none') return undefined;
  return `${machine} ${pid} ${process.start}`;
}

/**
 * Whether the process with that name is proved to have ended: it was of this boot and this namespace, and its id is
 * nobody's any more, or another's. Of any other process nothing is known.
 */
export function isProvablyDead(identity: string | undefined): boolean {
  const [boot, namespace, pid, start] = identity?.split(' ') ?? [];
  const here = machineIdentity();
  if (here === undefined || here !== `${boot} ${namespace}` || !/^\d+$/.test(pid ?? '')) return false;
  const found = statOf(Number(pid));
  if (found === undefined) return false;
  // One that nobody has asked for its end yet (a zombie) does nothing any more.
  return found === 'none' || found.start !== start || found.state === 'Z' || found.state === 'X';
}

function machineIdentity(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** `none` if there is no such process; undefined if it may not be looked at (hidepid). */
function statOf(pid: number): { state: string; start: string } | 'none' | undefined {
  try {
    // The name of the program stands in brackets, and may hold blanks and brackets itself.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === undefined || start === undefined ? undefined : { state, start };
  } catch {
    return isGone(pid) ? 'none' : undefined;
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

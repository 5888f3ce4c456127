import type { Config, Environment, HostSpec } from './environment.ts';
import { UsageError } from './errors.ts';

/**
 * Where two environments are one place: on a host that both have, in the same directory or as the same compose project.
 * Each would replace the other's containers, and take the other's releases for its own to go back to.
 * @returns `web-1, in /opt/shop`; undefined if they are two places
 */
export function samePlace(one: Environment, other: Environment): string | undefined {
  const theirs = new Set(other.hosts.map(machine));
  const host = one.hosts.find((each) => theirs.has(machine(each)))?.name;
  if (host === undefined) return undefined;
  if (one.directory === other.directory) return `${host}, in ${one.directory}`;
  return one.project === other.project ? `${host}, as project ${one.project}` : undefined;
}

/** Two names of one machine are not found out; a name in another place of hd.yml may be another machine. */
function machine({ name, address, port }: HostSpec): string {
  return `${(address ?? name).toLowerCase()} ${port ?? ''}`;
}

/**
 * Before something is deployed; what goes back, or only looks, is never kept from it.
 * @throws UsageError if another environment of hd.yml is at the same place
 */
export function requireOwnPlace(environment: Environment, { environments }: Config): void {
  for (const other of Object.values(environments)) {
    if (other.name === environment.name) continue;
    const where = samePlace(environment, other);
    if (where === undefined) continue;
    throw new UsageError(
      `${environment.name} and ${other.name} are one place: ${where}`,
      'one of them, or a directory and a project of its own for the one that does not run yet',
    );
  }
}

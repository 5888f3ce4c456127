import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { Docker } from './docker.ts';
import { isCut } from './faults.ts';
import { readLab, type Lab, type LabHome, type LabHost } from './home.ts';

export interface HostStatus {
  name: string;
  address: string;
  state: 'up' | 'cut' | 'off';
  /** Containers that run on the host: `healthdelta-backend-1 Up 5 seconds (healthy)`. */
  runs: readonly string[];
}

/** @throws HdError `no-lab` if none is up */
export async function theLab(home: LabHome): Promise<Lab> {
  const lab = await readLab(home);
  if (lab !== undefined) return lab;
  throw new HdError('no-lab', Exit.usage, `no lab is up in ${home.dir}`, {
    next: [{ command: ['hd', 'lab', 'up'] }],
  });
}

/** How each host is, and what runs on it, asked past SSH so that a host that is cut can be seen too. */
export function hostStatus(lab: Lab): Promise<HostStatus[]> {
  const docker = new Docker(lab.dockerHost);
  return Promise.all(lab.hosts.map((host) => one(docker, lab, host)));
}

async function one(docker: Docker, lab: Lab, { name, address, container }: LabHost): Promise<HostStatus> {
  if ((await docker.state(container)) !== 'running') return { name, address, state: 'off', runs: [] };
  const [cut, listed] = await Promise.all([
    isCut(lab, name),
    docker.attempt(['exec', container, 'docker', 'ps', '--format', '{{.Names}} {{.Status}}']),
  ]);
  const runs = listed.stdout.split('\n').filter((line) => line !== '');
  return { name, address, state: cut ? 'cut' : 'up', runs };
}

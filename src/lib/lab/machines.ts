import { connect } from 'node:net';
import { createServer } from 'node:net';
import { HdError, UsageError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import type { Docker } from './docker.ts';
import { labLabel, labName, type Lab, type LabHome, type LabHost } from './home.ts';

export interface MachinePlan {
  home: LabHome;
  docker: Docker;
  /** The machine image. */
  image: string;
  network: Lab['network'];
}

/** The registry that everybody calls `127.0.0.1:PORT`: published here, and led to on every host. */
export async function ensureRegistry(plan: MachinePlan, before?: Lab['registry']): Promise<Lab['registry']> {
  const { home, docker, network } = plan;
  const container = labName(home, 'registry');
  const address = `${network.prefix}.2`;
  const port = before?.port ?? (await freePort());
  const state = await docker.state(container);
  if (state === undefined) {
    await docker.run([
      ...['run', '--detach', '--name', container, '--label', labLabel(home), '--network', network.name],
      ...['--ip', address, '--publish', `127.0.0.1:${port}:5000`, plan.image],
      ...['docker-registry', 'serve', '/lab/registry.yml'],
    ]);
  } else if (state !== 'running') {
    await docker.run(['start', container]);
  }
  return { container, address, port };
}

/** A host: made if it is absent, started if it is off; comes back when its engine and its sshd answer. */
export async function ensureHost(
  plan: MachinePlan,
  host: { name: string; address: string; loginKey: string },
  registry: Lab['registry'],
): Promise<LabHost> {
  const { home, docker } = plan;
  const container = labName(home, host.name);
  const state = await docker.state(container);
  if (state === undefined) await docker.run(runHost(plan, container, host, registry));
  else if (state !== 'running') await docker.run(['start', container]);
  const key = (await docker.run(['exec', container, '/lab/ready'])).trim();
  const ssh = await sshAddress(docker, container, host.address);
  return { name: host.name, container, address: host.address, ssh, key };
}

function runHost(
  { home, image, network }: MachinePlan,
  container: string,
  host: { name: string; address: string; loginKey: string },
  registry: Lab['registry'],
): string[] {
  return [
    ...['run', '--detach', '--name', container, '--hostname', host.name, '--label', labLabel(home)],
    ...['--privileged', '--network', network.name, '--ip', host.address, '--publish', '127.0.0.1::22'],
    ...[
      '--tmpfs',
      '/run:exec',
      '--mount',
      `type=volume,source=${container},target=/var/lib/docker,volume-label=${labLabel(home)}`,
    ],
    ...['--env', `LAB_KEY=${host.loginKey}`, '--env', `LAB_REGISTRY=${registry.address}:5000`],
    ...['--env', `LAB_REGISTRY_PORT=${registry.port}`, image],
  ];
}

/** The next host addresses that are free in the lab. */
export function nextAddress(network: Lab['network'], taken: readonly string[]): string {
  for (let last = 10; last < 250; last += 1) {
    const address = `${network.prefix}.${last}`;
    if (!taken.includes(address)) return address;
  }
  throw new HdError('lab-failed', Exit.unreachable, 'the lab has no address left for another host');
}

/**
 * A name that can be a host's: what a container's, a file's and an ssh configuration's name may be.
 * @throws UsageError
 */
export function checkHostName(name: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(name) && name !== 'registry' && name !== 'net') return name;
  throw new UsageError(
    `${JSON.stringify(name)} can't be a lab host's name: lower-case letters, digits and dashes`,
    'as hd lab up orin prod-1 prod-2',
  );
}

/** The host's own address where this machine reaches it, else the port that is published on loopback. */
async function sshAddress(docker: Docker, container: string, address: string): Promise<LabHost['ssh']> {
  if (await reaches(address, 22)) return { address, port: 22 };
  const published = await docker.run(['port', container, '22/tcp']);
  return { address: '127.0.0.1', port: Number(published.split(':').at(-1)) };
}

function reaches(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** A TCP port that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAB_USER, type LabHome, type LabHost } from './home.ts';
import { attempt, run } from './process.ts';

export function sshConfigFile(home: LabHome): string {
  return join(home.dir, 'ssh_config');
}

/** The key that the lab's hosts let in; made once. Gives back its public half, as in authorized_keys. */
export async function ensureLoginKey(home: LabHome): Promise<string> {
  const file = join(home.dir, 'id_ed25519');
  await mkdir(home.dir, { recursive: true });
  const there = await attempt(['ssh-keygen', '-y', '-f', file]);
  if (there.status !== 0)
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'hd-lab', '-f', file]);
  await chmod(file, 0o600);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

/** ssh_config and known_hosts for these hosts, with the keys that the hosts themselves named. */
export async function writeSshFiles(home: LabHome, hosts: readonly LabHost[]): Promise<void> {
  await writeFile(
    join(home.dir, 'known_hosts'),
    hosts.map((host) => `${knownName(host)} ${host.key}\n`).join(''),
  );
  await writeFile(sshConfigFile(home), hosts.map((host) => stanza(home, host)).join('\n'));
}

function knownName({ ssh }: LabHost): string {
  return ssh.port === 22 ? ssh.address : `[${ssh.address}]:${ssh.port}`;
}

function stanza(home: LabHome, host: LabHost): string {
  return `Host ${host.name}
  HostName ${host.ssh.address}
  Port ${host.ssh.port}
  User ${LAB_USER}
  IdentityFile "${join(home.dir, 'id_ed25519')}"
  IdentitiesOnly yes
  UserKnownHostsFile "${join(home.dir, 'known_hosts')}"
  StrictHostKeyChecking yes
`;
}

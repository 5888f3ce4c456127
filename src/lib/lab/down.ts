import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stopGitHub } from './emulator.ts';
import { releaseEngine, runningEngine } from './engine.ts';
import { labLabel, type LabHome } from './home.ts';
import { removeImages } from './images.ts';
import type { Progress } from './process.ts';

export interface DownOptions {
  /** The images too: every trace. */
  purge: boolean;
}

/** Takes the lab down, whatever is left of it; its images stay for the next time unless they are purged. */
export async function down(
  home: LabHome,
  { purge }: DownOptions,
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  progress('stopping the lab’s GitHub');
  await stopGitHub(home);
  const docker = await runningEngine(home, env);
  if (docker !== undefined) {
    progress('removing the hosts');
    const label = labLabel(home);
    const containers = await docker.ids('container', label);
    if (containers.length > 0) await docker.run(['rm', '--force', '--volumes', ...containers]);
    const volumes = await docker.ids('volume', label);
    if (volumes.length > 0) await docker.run(['volume', 'rm', '--force', ...volumes]);
    const networks = await docker.ids('network', label);
    if (networks.length > 0) await docker.run(['network', 'rm', ...networks]);
    if (purge) await removeImages(docker);
  }
  await releaseEngine(home, purge);
  await removeOwn(home.dir, LAB_FILES);
}

const LAB_FILES = [
  ...['bin', 'env', 'github', 'healthdelta', 'id_ed25519', 'id_ed25519.pub', 'known_hosts', 'lab.json'],
  'ssh_config',
];

/** Only what the lab made: HD_LAB_HOME may name a directory that holds other things as well. */
async function removeOwn(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
  await rmdir(dir).catch(() => undefined);
}

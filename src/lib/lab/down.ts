import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stopGitHub } from './emulator.ts';
import type { Docker } from './docker.ts';
import { answeringEngines, releaseEngine } from './engine.ts';
import { labLabel, readLab, type LabHome } from './home.ts';
import { removeImages } from './images.ts';
import { registryName } from './project.ts';

export interface DownOptions {
  /** The images too: every trace. They stay as long as another lab is up. */
  purge: boolean;
}

/**
 * Takes the lab down, whatever is left of it; its images stay for the next time unless they are purged.
 * @returns whether nothing is left: purged, and no other lab needs the images
 */
export async function down(home: LabHome, { purge }: DownOptions, env: NodeJS.ProcessEnv): Promise<boolean> {
  const lab = await readLab(home);
  await stopGitHub(home);
  for (const docker of await answeringEngines(home, env)) {
    await removeMachines(home, docker);
    if (lab !== undefined) await removeImages(docker, `${registryName(lab)}/*/*`);
    const others = await docker.ids('container', 'hd.lab');
    if (purge && others.length === 0) await removeImages(docker, 'hd-lab/*');
  }
  const last = await releaseEngine(home);
  await removeOwn(home.dir, LAB_FILES);
  if (purge && last) await removeOwn(home.cache, CACHE_FILES);
  return purge && last;
}

async function removeMachines(home: LabHome, docker: Docker): Promise<void> {
  for (const kind of ['container', 'volume', 'network'] as const) {
    const ids = await docker.ids(kind, labLabel(home));
    if (ids.length > 0) await docker.run([kind, 'rm', ...(kind === 'network' ? [] : ['--force']), ...ids]);
  }
}

const LAB_FILES = [
  ...['bin', 'env', 'github', 'healthdelta', 'id_ed25519', 'id_ed25519.pub', 'known_hosts', 'lab.json'],
  'ssh_config',
];

const CACHE_FILES = ['docker', 'dockerd.log', 'engine.lock', 'images.lock', 'users'];

/** Only what the lab made: HD_LAB_HOME may name a directory that holds other things as well. */
async function removeOwn(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
  await rmdir(dir).catch(() => undefined);
}

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { labEntry } from './assets.ts';
import { ensureGitHub } from './emulator.ts';
import { ensureEngine } from './engine.ts';
import { DEFAULT_TOKEN, TOKENS, readLab, writeLab, type Lab, type LabHome } from './home.ts';
import { ensureImages, type LabImages } from './images.ts';
import type { Docker } from './docker.ts';
import { checkHostName, ensureHost, ensureRegistry, nextAddress, type MachinePlan } from './machines.ts';
import { ensureNetwork } from './network.ts';
import type { Reporter } from '../ports.ts';
import { openStages, stage } from './stages.ts';
import { ensureProject, projectDir } from './project.ts';
import { ensureLoginKey, sshConfigFile, writeSshFiles } from './ssh.ts';

/**
 * Brings the lab up: these hosts besides those that it has, the registry, the lab's GitHub and the sample project.
 * What is there already is left as it is, what is off is started.
 * @throws HdError `no-docker`, or `lab-failed` with what a program said; UsageError for a host's name
 */
export async function up(
  home: LabHome,
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  reporter: Reporter,
): Promise<Lab> {
  for (const name of names) checkHostName(name);
  const before = await readLab(home);
  // Keys and tokens are below it.
  await mkdir(home.dir, { recursive: true, mode: 0o700 });
  openStages(reporter);
  const docker = await stage(reporter, 'engine', async () => {
    const value = await ensureEngine(home, env);
    return { text: value.host ?? 'the one that is there', value };
  });
  const images = await stage(reporter, 'images', async (say) => {
    const value = await ensureImages(home, docker, say);
    return { text: value.machine, value };
  });
  const world = await stage(reporter, 'hosts', async () => {
    const value = await machines(home, docker, images, { before, names });
    return { text: value.hosts.map((host) => host.name).join(', '), value };
  });
  const github = await stage(reporter, 'github', async () => {
    const value = await ensureGitHub(home, world, before?.github.port);
    return { text: value.url, value };
  });
  const lab: Lab = { ...world, github };
  await stage(reporter, 'project', async () => {
    await ensureProject(home, lab);
    await writeEnvironment(home, lab);
    await writeLab(home, lab);
    return { text: projectDir(home), value: undefined };
  });
  return lab;
}

async function machines(
  home: LabHome,
  docker: Docker,
  images: LabImages,
  { before, names }: { before: Lab | undefined; names: readonly string[] },
): Promise<Omit<Lab, 'github'>> {
  const plan: MachinePlan = {
    home,
    docker,
    image: images.machine,
    network: await ensureNetwork(home, docker),
  };
  const registry = await ensureRegistry(plan, before?.registry);
  const loginKey = await ensureLoginKey(home);
  const hosts = await Promise.all(
    addresses(plan.network, before?.hosts ?? [], names).map((host) =>
      ensureHost(plan, { ...host, loginKey }, registry),
    ),
  );
  await writeSshFiles(home, hosts);
  const dockerHost = docker.host === undefined ? {} : { dockerHost: docker.host };
  return {
    ...{ schemaVersion: 1, id: home.id, ...dockerHost, network: plan.network },
    ...{ registry, perlImage: images.perl, hosts },
  };
}

/** The hosts that there were, with their addresses, and the new ones with the next that are free. */
function addresses(
  network: Lab['network'],
  before: Lab['hosts'],
  names: readonly string[],
): { name: string; address: string }[] {
  const hosts = before.map(({ name, address }) => ({ name, address }));
  for (const name of names) {
    if (hosts.some((host) => host.name === name)) continue;
    hosts.push({
      name,
      address: nextAddress(
        network,
        hosts.map((host) => host.address),
      ),
    });
  }
  return hosts;
}

/** By whom: `GH_TOKEN=$HD_LAB_TOKEN_LOGIN_B hd approve …`. */
const TOKEN_OF = Object.fromEntries(
  Object.entries(TOKENS).flatMap(([token, { login }]) =>
    token === `lab-${login}` ? [[`HD_LAB_TOKEN_${login.toUpperCase().replace('-', '_')}`, token]] : [],
  ),
);

/** What a shell needs so that `hd` and `docker` work in the lab. */
export function labEnvironment(home: LabHome, lab: Lab): Record<string, string> {
  return {
    HD_LAB_HOME: home.dir,
    HD_SSH_CONFIG: sshConfigFile(home),
    GITHUB_API_URL: lab.github.url,
    GH_TOKEN: DEFAULT_TOKEN,
    ...TOKEN_OF,
    ...(lab.dockerHost === undefined ? {} : { DOCKER_HOST: lab.dockerHost }),
  };
}

/** `env`, to be read by a shell, and `bin/hd`, so that it is on the path there. */
async function writeEnvironment(home: LabHome, lab: Lab): Promise<void> {
  const exports = Object.entries(labEnvironment(home, lab)).map(
    ([name, value]) => `export ${name}=${quoted(value)}\n`,
  );
  const shim = join(home.dir, 'bin', 'hd');
  await mkdir(dirname(shim), { recursive: true });
  await writeFile(shim, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(labEntry())} "$@"\n`);
  await chmod(shim, 0o755);
  await writeFile(join(home.dir, 'env'), `${exports.join('')}export PATH=${quoted(dirname(shim))}:"$PATH"\n`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

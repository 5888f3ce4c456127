import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where one lab keeps its files, and where all labs of this user keep what is dear to make. */
export interface LabHome {
  dir: string;
  /** Images and the private engine: shared between labs, kept by `lab down`. */
  cache: string;
  /** Names this lab's containers, volumes and network: several labs can exist side by side. */
  id: string;
}

export interface LabHost {
  name: string;
  container: string;
  /** On the lab's own network. */
  address: string;
  /** Where sshd is reached from this machine. */
  ssh: { address: string; port: number };
  /** The host's public key, as in known_hosts: `ssh-ed25519 AAAA…`. */
  key: string;
}

/** What `lab.json` says: everything that is needed to find the lab again. */
export interface Lab {
  schemaVersion: 1;
  id: string;
  /** DOCKER_HOST of the engine that the lab runs in; absent, the docker client's default. */
  dockerHost?: string;
  network: { name: string; prefix: string };
  registry: { container: string; address: string; port: number };
  /** The image that the demo service is built on. */
  perlImage: string;
  hosts: LabHost[];
  github: { url: string; port: number; pid: number };
}

/** Who logs in to a host. */
export const LAB_USER = 'deploy';
export const OWNER = 'acme';
export const REPOSITORY = 'healthdelta';
/** Tokens that the lab's GitHub knows, and whose they are. */
export const TOKENS = {
  'lab-login-a': { login: 'login-a' },
  'lab-login-b': { login: 'login-b' },
  'lab-login-c': { login: 'login-c' },
  /** Somebody from outside, who may read and write issues: in no team, and in no role. */
  'lab-login-d': {
    login: 'login-d',
    access: 'read',
    permissions: {
      ...{ metadata: 'read', contents: 'read', actions: 'read', checks: 'read', statuses: 'read' },
      ...{ deployments: 'read', members: 'read', pull_requests: 'read', issues: 'write' },
    },
  },
  /** May only see that the repository is there. */
  'lab-weak': { login: 'login-d', access: 'read', permissions: { metadata: 'read' } },
} as const;
/** Teams of the organization that owns the repository: `acme/leads`. */
export const TEAMS = { leads: ['login-b'] } as const;
export const DEFAULT_TOKEN = 'lab-login-a';

/** `$HD_LAB_HOME`, else `hd/lab` in the XDG state directory; the cache likewise. */
export function labHome(env: NodeJS.ProcessEnv): LabHome {
  const state = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const cache = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const dir = resolve(env['HD_LAB_HOME'] ?? join(state, 'hd', 'lab'));
  return {
    dir,
    cache: resolve(env['HD_LAB_CACHE'] ?? join(cache, 'hd', 'lab')),
    id: createHash('sha256').update(dir).digest('hex').slice(0, 8),
  };
}

/** Undefined if no lab is there. */
export async function readLab(home: LabHome): Promise<Lab | undefined> {
  const text = await readFile(join(home.dir, 'lab.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Lab);
}

export async function writeLab(home: LabHome, lab: Lab): Promise<void> {
  await mkdir(home.dir, { recursive: true });
  const file = join(home.dir, 'lab.json');
  await writeFile(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** What containers, the network and volumes of this lab are called: `hd-lab-1a2b3c4d-orin`. */
export function labName(home: LabHome, part: string): string {
  return `hd-lab-${home.id}-${part}`;
}

export function labLabel(home: LabHome): string {
  return `hd.lab=${home.id}`;
}

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { Docker } from './docker.ts';
import { readFirewall, restoreFirewall, type Firewall } from './firewall.ts';
import type { LabHome } from './home.ts';
import { exclusively } from './mutex.ts';
import { attempt, run, stop, until } from './process.ts';

/** The engine of the lab's own: where it keeps what, and how it is reached. */
interface PrivateEngine {
  socket: string;
  host: string;
  runDir: string;
  dataRoot: string;
  /** A file for each lab that uses it. */
  users: string;
}

function privateEngine(home: LabHome): PrivateEngine {
  // A socket's path may have 108 bytes at the most, whatever the cache is called.
  const runDir = `/run/hd-lab-${createHash('sha256').update(home.cache).digest('hex').slice(0, 8)}`;
  return {
    runDir,
    socket: `${runDir}/docker.sock`,
    host: `unix://${runDir}/docker.sock`,
    dataRoot: join(home.cache, 'docker'),
    users: join(home.cache, 'users'),
  };
}

/**
 * The engine for this lab: the one that DOCKER_HOST names or the docker client finds, else, on Linux as root with
 * dockerd installed, one of the lab's own, which is started.
 * @throws HdError `no-docker` in one sentence
 */
export async function ensureEngine(home: LabHome, env: NodeJS.ProcessEnv): Promise<Docker> {
  const own = privateEngine(home);
  const given = new Docker(env['DOCKER_HOST'] === '' ? undefined : env['DOCKER_HOST']);
  if (given.host !== own.host) {
    if (await given.answers()) return given;
    if (given.host !== undefined) throw noDocker(`the Docker engine at ${given.host} does not answer`);
  }
  if (!(await canStartOwn())) throw noDocker('no Docker engine answers on this machine');
  const docker = new Docker(own.host);
  await exclusively(join(home.cache, 'engine.lock'), 60_000, async () => {
    await mkdir(own.users, { recursive: true });
    await writeFile(join(own.users, home.id), home.dir);
    if (await docker.answers()) return;
    await start(own, docker);
  });
  return docker;
}

/** Every engine that answers and that the lab may be in: its own, and the one that the client finds. */
export async function answeringEngines(home: LabHome, env: NodeJS.ProcessEnv): Promise<Docker[]> {
  const hosts = new Set([
    privateEngine(home).host,
    env['DOCKER_HOST'] === '' ? undefined : env['DOCKER_HOST'],
  ]);
  const engines = [...hosts].map((host) => new Docker(host));
  const answers = await Promise.all(engines.map((engine) => engine.answers()));
  return engines.filter((_, index) => answers[index]);
}

/**
 * This lab no longer needs the engine: if it is the lab's own and no other lab uses it, it stops, and this machine's
 * firewall is as it was before.
 * @returns whether no other lab uses the engine and the cache
 */
export function releaseEngine(home: LabHome): Promise<boolean> {
  const own = privateEngine(home);
  return exclusively(join(home.cache, 'engine.lock'), 60_000, async () => {
    await rm(join(own.users, home.id), { force: true });
    if (await isUsed(own)) return false;
    const pid = Number(await readFile(join(own.runDir, 'docker.pid'), 'utf8').catch(() => ''));
    if (pid > 0) await stop(pid, own.socket);
    // dockerd mounts its data onto itself, and leaves that mount where the file system isn't a shared one.
    await attempt(['umount', '--recursive', own.dataRoot]);
    const before = await readFile(join(own.runDir, 'firewall.json'), 'utf8').catch(() => undefined);
    if (before !== undefined) await restoreFirewall(JSON.parse(before) as Firewall);
    await rm(own.runDir, { recursive: true, force: true });
    return true;
  });
}

/** Whether a lab uses the engine; one whose directory is gone, with the machine's last crash perhaps, does not. */
async function isUsed(own: PrivateEngine): Promise<boolean> {
  for (const user of await readdir(own.users).catch(() => [])) {
    if (existsSync(await readFile(join(own.users, user), 'utf8'))) return true;
    await rm(join(own.users, user));
  }
  return false;
}

function noDocker(message: string): HdError {
  return new HdError('no-docker', Exit.unreachable, `${message}: the lab needs one`, {
    next: [{ remark: 'then again', command: ['hd', 'lab', 'up'] }],
  });
}

async function canStartOwn(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return (await attempt(['dockerd', '--version'])).status === 0;
}

async function start(own: PrivateEngine, docker: Docker): Promise<void> {
  await mkdir(own.runDir, { recursive: true });
  await mkdir(own.dataRoot, { recursive: true });
  const firewall = join(own.runDir, 'firewall.json');
  await writeFile(firewall, JSON.stringify(await readFirewall()), { flag: 'wx' }).catch(() => undefined);
  // Without a bridge of its own dockerd takes docker0 away, even from another engine that uses it.
  const bridge = existsSync('/sys/class/net/docker0') ? [] : ['--bridge', 'none'];
  const log = await open(join(own.dataRoot, '..', 'dockerd.log'), 'a');
  const daemon = spawn(
    'dockerd',
    [
      ...['--host', own.host, '--data-root', own.dataRoot, '--exec-root', own.runDir],
      ...['--pidfile', join(own.runDir, 'docker.pid'), '--log-level', 'warn', ...bridge],
    ],
    { detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  daemon.unref();
  await log.close();
  await until('the Docker engine of the lab answers', 30_000, async () => {
    if (daemon.exitCode !== null) {
      throw new HdError('lab-failed', Exit.unreachable, `dockerd ended with ${daemon.exitCode}`, {
        facts: [{ label: 'log', text: join(own.dataRoot, '..', 'dockerd.log'), foreign: await tail(own) }],
      });
    }
    return (await docker.answers()) ? true : undefined;
  });
}

async function tail(own: PrivateEngine): Promise<string[]> {
  return (await run(['tail', '-n', '8', join(own.dataRoot, '..', 'dockerd.log')])).split('\n');
}

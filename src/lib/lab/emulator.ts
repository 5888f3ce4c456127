import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { emulatorEntry } from './assets.ts';
import { OWNER, REPOSITORY, TEAMS, TOKENS, type Lab, type LabHome } from './home.ts';
import { sshConfigFile } from './ssh.ts';
import { isRunning, stop, until } from './process.ts';

interface Ready {
  port: number;
  pid: number;
}

function files(home: LabHome): { state: string; options: string; ready: string; log: string } {
  const state = join(home.dir, 'github');
  const [options, ready, log] = ['options.json', 'ready.json', 'emulator.log'].map((name) =>
    join(state, name),
  );
  return { state, options: options ?? '', ready: ready ?? '', log: log ?? '' };
}

/** The bare repository that the lab's GitHub serves. */
export function bareRepository(home: LabHome): string {
  return join(files(home).state, 'repo.git');
}

/** The lab's GitHub: started if it doesn't run, on the port that it had before. */
export async function ensureGitHub(
  home: LabHome,
  lab: Pick<Lab, 'dockerHost' | 'registry'>,
  portBefore?: number,
): Promise<Lab['github']> {
  const file = files(home);
  const before = await readReady(home);
  if (before !== undefined && (await isRunning(before.pid, file.options))) return answer(before);
  await mkdir(file.state, { recursive: true });
  await rm(file.ready, { force: true });
  await writeFile(file.options, JSON.stringify(options(home, lab, portBefore ?? 0), null, 2));
  return answer(await start(home));
}

export async function stopGitHub(home: LabHome): Promise<void> {
  const ready = await readReady(home);
  if (ready !== undefined) await stop(ready.pid, files(home).options);
}

function options(home: LabHome, lab: Pick<Lab, 'dockerHost' | 'registry'>, port: number): object {
  const env = {
    PATH: [join(home.dir, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    HD_SSH_CONFIG: sshConfigFile(home),
    XDG_STATE_HOME: join(home.dir, 'runner'),
    REGISTRY: `127.0.0.1:${lab.registry.port}`,
    ...(lab.dockerHost === undefined ? {} : { DOCKER_HOST: lab.dockerHost }),
  };
  const { state, ready } = files(home);
  return {
    ...{ stateDir: state, port, owner: OWNER, repo: REPOSITORY, readyFile: ready },
    ...{ tokens: TOKENS, teams: TEAMS, runner: { env } },
  };
}

async function start(home: LabHome): Promise<Ready> {
  const file = files(home);
  const log = await open(file.log, 'a');
  const server = spawn(process.execPath, [emulatorEntry(), file.options], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  server.unref();
  await log.close();
  return until('the GitHub of the lab answers', 30_000, async () => {
    if (server.exitCode !== null) {
      const said = (await readFile(file.log, 'utf8')).trimEnd().split('\n').slice(-8);
      throw new HdError(
        'lab-failed',
        Exit.unreachable,
        `the GitHub of the lab ended with ${server.exitCode}`,
        {
          facts: [{ label: 'log', text: file.log, foreign: said }],
        },
      );
    }
    return readReady(home);
  });
}

async function readReady(home: LabHome): Promise<Ready | undefined> {
  const text = await readFile(files(home).ready, 'utf8').catch(() => '');
  return text.trimEnd().endsWith('}') ? (JSON.parse(text) as Ready) : undefined;
}

function answer({ port, pid }: Ready): Lab['github'] {
  return { url: `http://127.0.0.1:${port}`, port, pid };
}

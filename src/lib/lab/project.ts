import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asset } from './assets.ts';
import { bareRepository } from './emulator.ts';
import { OWNER, REPOSITORY, type Lab, type LabHome } from './home.ts';
import { run } from './process.ts';

const TEMPLATES = ['Dockerfile', 'compose.yaml', join('.github', 'workflows', 'release.yml')];

/** The clone of the sample project that a person works in. */
export function projectDir(home: LabHome): string {
  return join(home.dir, REPOSITORY);
}

/** Makes the clone if it is absent, and brings its hd.yml up to date with the lab's hosts. */
export async function ensureProject(home: LabHome, lab: Omit<Lab, 'github'>): Promise<void> {
  const dir = projectDir(home);
  if (!existsSync(join(dir, '.git'))) await firstCommit(dir, bareRepository(home), lab);
  const file = join(dir, 'hd.yml');
  const wanted = hdYml(lab);
  const there = await readFile(file, 'utf8').catch(() => '');
  // A file that a person changed is theirs; the marker goes when they take it over.
  if (there === wanted || (there !== '' && !there.startsWith(MARKER))) return;
  await writeFile(file, wanted);
  await commitAndPush(dir, 'Describe the environments', ['hd.yml']);
}

/** Commits these paths of the clone and pushes them to the lab's GitHub; gives back the commit. */
export async function commitAndPush(
  dir: string,
  message: string,
  paths: readonly string[] = ['--all'],
): Promise<string> {
  await run(['git', 'add', ...paths], { cwd: dir });
  await run(['git', 'commit', '--quiet', '--message', message], { cwd: dir });
  await run(['git', 'push', '--quiet', 'origin', 'HEAD'], { cwd: dir });
  return run(['git', 'rev-parse', 'HEAD'], { cwd: dir });
}

async function firstCommit(dir: string, origin: string, lab: Omit<Lab, 'github'>): Promise<void> {
  const made = `${dir}.new`;
  await rm(made, { recursive: true, force: true });
  await run(['git', 'clone', '--quiet', origin, made]);
  await run(['git', 'symbolic-ref', 'HEAD', 'refs/heads/main'], { cwd: made });
  const settings = { 'user.name': 'login-a', 'user.email': 'login-a@lab.invalid', 'commit.gpgsign': 'false' };
  for (const [key, value] of Object.entries(settings))
    await run(['git', 'config', key, value], { cwd: made });
  await cp(asset('project'), made, { recursive: true });
  for (const path of TEMPLATES) await fill(join(made, path), lab);
  await chmod(join(made, 'server.pl'), 0o755);
  await writeFile(join(made, 'hd.yml'), hdYml(lab));
  await commitAndPush(made, 'Start healthdelta');
  await rename(made, dir);
}

async function fill(file: string, lab: Omit<Lab, 'github'>): Promise<void> {
  const text = await readFile(file, 'utf8');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    text.replaceAll('{{REGISTRY}}', registryName(lab)).replaceAll('{{PERL}}', lab.perlImage),
  );
}

/** The registry's name, the same here, where images are built and on every host. */
export function registryName(lab: Pick<Lab, 'registry'>): string {
  return `127.0.0.1:${lab.registry.port}`;
}

const MARKER = '# Written by `hd lab up`; delete this line to keep your own changes.\n';

function hdYml(lab: Omit<Lab, 'github'>): string {
  return `${MARKER}app: ${REPOSITORY}
repository: ${OWNER}/${REPOSITORY}
images:
  backend: ${registryName(lab)}/${OWNER}/${REPOSITORY}-backend
release:
  branch: main
  workflow: release.yml
environments:
${environments(lab).join('')}`;
}

/** `prod-1` and `prod-2` make the environment prod, `orin` one of its own; all but the first extend the first. */
function environments(lab: Pick<Lab, 'hosts'>): string[] {
  const groups = Map.groupBy(lab.hosts, (host) => host.name.replace(/-\d+$/, ''));
  return [...groups].map(([name, hosts], index) => {
    const names = hosts.map((host) => host.name).join(', ');
    const production = name === 'prod' ? '    production: true\n' : '';
    const rest = index === 0 ? FULL : `    extends: ${[...groups.keys()][0] ?? ''}\n`;
    return `  ${name}:\n    hosts: [${names}]\n${production}${rest}`;
  });
}

const FULL = `    directory: /opt/${REPOSITORY}
    compose: [compose.yaml]
    url: http://127.0.0.1:8000
    github: {workflow: deploy_backend.yml, rollback_workflow: rollback.yml}
    checks:
      live: {path: /healthz}
      ready: {path: /ready}
      version: {path: /version}
      smoke:
        - {name: status, path: /api/v1/system/status}
`;

import type { RepositoryName } from '../domain/environment.ts';
import { ANSWER_MS } from '../domain/limits.ts';
import { runProgram } from './local/program.ts';

// https://HOST/OWNER/NAME(.git), ssh://git@HOST:PORT/OWNER/NAME(.git), git@HOST:OWNER/NAME(.git)
const FORM = /[/:](?<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})\/(?<name>[A-Za-z0-9._-]{1,100}?)(?:\.git)?\/?$/;

/** The repository that a remote's address names; undefined for a path or another form. */
export function repositoryOf(url: string): RepositoryName | undefined {
  if (!/^(https?|ssh|git):\/\/|^[^/\s]+@[^/\s:]+:/.test(url)) return undefined;
  const { owner, name } = FORM.exec(url.trim())?.groups ?? {};
  return owner === undefined || name === undefined ? undefined : { owner, name };
}

/** What the clone's `origin` points to; undefined without git, a clone or such a remote. */
export async function originOf(
  root: string,
  timeoutMs: number = ANSWER_MS.program,
): Promise<RepositoryName | undefined> {
  const args = ['-C', root, 'config', '--get', 'remote.origin.url'];
  const { status, stdout } = await runProgram('git', args, { timeoutMs });
  return status === 0 ? repositoryOf(stdout.toString('utf8')) : undefined;
}

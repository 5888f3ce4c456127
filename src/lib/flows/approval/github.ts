import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Actor } from '../../domain/actor.ts';
import { runPage } from '../../domain/publication.ts';
import type { GitHub } from '../../ports.ts';
import type { World } from '../world.ts';

/** Of every request, and of those of an environment. */
export const LABEL = 'hd-approval';

export function labelOf(environment: string): string {
  return `hd:${environment}`;
}

/** @throws UsageError without a repository: people are asked on GitHub */
export async function approvalGitHub(world: World): Promise<GitHub> {
  const github = await world.github();
  if (github !== undefined) return github;
  throw new UsageError(
    'people are asked for approval on GitHub, and hd.yml names no repository',
    'repository: owner/name',
  );
}

/** The login that the token proves; undefined for nobody's. GitHub may only have been slow before: it is asked again. */
export async function provenLogin(world: World, github: GitHub): Promise<string | undefined> {
  if (!github.hasToken) return undefined;
  const { name, proven } = await world.actor();
  return proven ? name : github.viewer();
}

/**
 * Who asks: the login that the token proves. In a job of Actions, whose token is nobody's, the one whom
 * GitHub names as having started the run.
 * @throws HdError exit 4 if GitHub says of nobody that it is them
 */
export async function provenActor(world: World, github: GitHub, doing: string): Promise<Actor> {
  const [actor, login] = await Promise.all([world.actor(), provenLogin(world, github)]);
  if (login !== undefined) return { ...actor, name: login, proven: true };
  const { owner, name } = github.repository;
  const run = Number(world.env['GITHUB_RUN_ID']);
  if (
    github.hasToken &&
    runPage(world.env) !== undefined &&
    world.env['GITHUB_REPOSITORY'] === `${owner}/${name}`
  ) {
    const { by } = await github.run(run);
    if (by !== '') return { ...actor, name: by, proven: true };
  }
  throw new HdError(
    'not-proven',
    Exit.notAllowed,
    github.hasToken
      ? `this token is nobody's, and ${doing} is done under a proven name`
      : `GitHub needs a token to ${doing}, and there is none`,
    { next: [{ remark: 'sign in, or set GH_TOKEN', command: ['gh', 'auth', 'login'] }] },
  );
}

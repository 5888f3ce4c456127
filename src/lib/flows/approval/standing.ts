import type { ApprovalRequest, Standing } from '../../domain/approval.ts';
import { standingOf, type StandingFacts } from '../../domain/approval/count.ts';
import { filling, isTeam } from '../../domain/approval/roles.ts';
import { readWord } from '../../domain/approval/words.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import type { Known, Quorum, Roles } from '../../domain/policy.ts';
import type { GitHub } from '../../ports.ts';
import { rulesOf } from '../gates/policy.ts';
import type { World } from '../world.ts';
import { approvalGitHub } from './github.ts';
import { recordedRequest, requestOf } from './recorded.ts';

export interface StandingOf {
  environment: Environment;
  quorum: Quorum;
  /** The whole hash. */
  plan: string;
  /** The whole ledger. */
  lines: readonly LedgerLine[];
  /** Who would ask, where nobody has asked yet. */
  requester?: string;
  /** Who fills them; absent, the release branch is asked (D10). */
  roles?: Roles;
}

/** How the approval of a plan stands; why that is not known, if GitHub does not say. Asks only for what has changed. */
export async function approvalStanding(world: World, of: StandingOf): Promise<Known<Standing>> {
  try {
    return await currentStanding(world, of);
  } catch (error) {
    if (error instanceof HdError) return { unknown: error.message };
    throw error;
  }
}

/** The same. @throws HdError if GitHub does not say */
export async function currentStanding(world: World, of: StandingOf): Promise<Standing> {
  const { environment, quorum, plan, lines, requester } = of;
  const roles = of.roles ?? (await rulesOf(world, environment)).roles;
  const asked = recordedRequest(lines, plan);
  if (asked !== undefined) {
    const known = { request: requestOf(asked), shown: asked.request.body };
    return countedNow(
      world,
      { quorum, roles },
      { ...known, ...(asked.end === undefined ? {} : { end: asked.end }) },
    );
  }
  const base = { plan, quorum, roles, members: new Map(), comments: [], now: world.clock.now() };
  return standingOf(requester === undefined ? base : { ...base, requester });
}

/** What is known of a request besides what GitHub says of it now. */
export interface KnownRequest extends Pick<StandingFacts, 'shown' | 'end'> {
  request: ApprovalRequest;
}

/** Reads issue, comments and teams, and counts. Asks only for what has changed. */
export async function countedNow(
  world: World,
  rules: { quorum: Quorum; roles: Roles },
  known: KnownRequest,
  /** Whose roles matter besides those who spoke. */
  people: readonly string[] = [],
): Promise<Standing> {
  const github = await approvalGitHub(world);
  const { number, plan, askedAt } = known.request;
  const issue = await github.issue(number);
  const comments = issue === undefined ? [] : await github.comments(number);
  const speakers = comments.filter(({ body }) => readWord(body) !== undefined).map(({ author }) => author);
  return standingOf({
    ...{ ...rules, ...known, plan, comments, now: world.clock.now() },
    request: {
      ...known.request,
      open: issue?.open === true,
      author: issue?.author ?? '',
      body: issue?.body ?? '',
      // GitHub's word, as the times of comments are.
      askedAt: issue?.at ?? askedAt,
    },
    members: await membersOf(github, rules, [...speakers, ...people]),
  });
}

/** Of the teams that stand in the roles: which of these people are in them. */
export async function membersOf(
  github: GitHub,
  { quorum, roles }: { quorum: Quorum; roles: Roles },
  people: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const lower = (names: readonly string[]): string[] => [...new Set(names.map((each) => each.toLowerCase()))];
  const logins = lower(people);
  const teams = lower(Object.keys(quorum).flatMap((role) => filling(roles, role).filter(isTeam)));
  const found = await Promise.all(
    teams.map(async (team): Promise<[string, ReadonlySet<string>]> => {
      const [org = '', slug = ''] = team.split('/');
      const is = await Promise.all(logins.map((login) => github.isTeamMember({ org, slug }, login)));
      return [team, new Set(logins.filter((_, index) => is[index]))];
    }),
  );
  return new Map(found);
}

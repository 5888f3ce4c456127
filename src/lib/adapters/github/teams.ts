import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { answered, translate } from './failures.ts';

export function createTeams({ octokit, hasToken }: Calls): Pick<GitHub, 'isTeamMember'> {
  const { teams } = octokit.rest;
  return {
    async isTeamMember({ org, slug }, login) {
      try {
        const { data } = await teams.getMembershipForUserInOrg({ org, team_slug: slug, username: login });
        // An invitation that was not accepted is no membership.
        return data.state === 'active';
      } catch (error) {
        if (hasToken && answered(error) === 404) return false;
        throw translate(error, `read who is in team ${org}/${slug}`, org, hasToken);
      }
    },
  };
}

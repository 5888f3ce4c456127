import type { Config, Environment } from '../domain/environment.ts';
import {
  headRef,
  publishedAs,
  readPayload,
  readPublication,
  type PublishedHead,
} from '../domain/publication.ts';
import type { GitHub, GitHubPublishing } from '../ports.ts';

/** How many deployments are asked for their statuses at the same time. */
const AT_ONCE = 8;

/**
 * The heads of an environment's ledger that GitHub has, newest first: of its last 100 deployments there, and of the
 * ref if hd.yml names one. Empty if hd.yml says that nothing is published.
 * @throws HdError if GitHub can't be asked
 */
export async function publishedHeads(
  github: GitHub,
  config: Config,
  environment: Environment,
): Promise<readonly PublishedHead[]> {
  const shown = publishedAs(config, environment);
  const ref = headRef(config, environment);
  const asked = github.publishing();
  const [inDeployments, inRef] = await Promise.all([
    shown === undefined ? [] : headsOf(asked, shown.environment, environment.name),
    ref === undefined || !config.ledger.publish ? [] : headsIn(asked, ref),
  ]);
  return [...inDeployments, ...inRef].sort((a, b) => b.count - a.count || b.at.localeCompare(a.at));
}

/** @param name in hd.yml: two environments may be shown as one on GitHub */
async function headsOf(github: GitHubPublishing, shown: string, name: string): Promise<PublishedHead[]> {
  const heads: PublishedHead[] = [];
  const left = [...(await github.deployments(shown))];
  const take = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const payload = readPayload(one.payload);
      if (payload?.environment !== name) continue;
      const { deployment, count, head } = payload;
      const where = { githubDeployment: one.id, where: 'deployment' } as const;
      heads.push({ deployment, count, head, at: one.at, by: one.by, ...where });
      for (const { description, at, by } of await github.statuses(one.id)) {
        const said = readPublication(description);
        if (said?.deployment !== deployment) continue;
        heads.push({ deployment, count: said.count, head: said.head, at, by, ...where });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return heads;
}

async function headsIn(github: GitHubPublishing, ref: string): Promise<PublishedHead[]> {
  return (await github.history(ref)).flatMap(({ message, at, by }) => {
    const said = readPublication(message);
    if (said === undefined) return [];
    const { deployment, count, head } = said;
    return [{ deployment, count, head, at, by, where: 'ref' as const }];
  });
}

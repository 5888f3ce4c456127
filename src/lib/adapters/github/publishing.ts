import type { RestEndpointMethodTypes } from '@octokit/rest';
import { canonical } from '../../domain/canonical.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Commit } from '../../domain/version.ts';
import type { GitHubDeployment, GitHubPublishing } from '../../ports.ts';
import { aside, once, type Calls } from './calls.ts';

type Deployment = RestEndpointMethodTypes['repos']['listDeployments']['response']['data'][number];

/** @param signal ends every request; without one they are tried again like all others */
export function createPublishing(calls: Calls, signal: AbortSignal | undefined): GitHubPublishing {
  const { octokit, at } = calls;
  const { git, repos } = octokit.rest;
  const read = { ...at, ...aside(signal) };
  const write = { ...at, ...once, ...aside(signal) };

  const deployments = async (environment: string, commit?: Commit) => {
    const { data } = await calls.read(`list the deployments of ${environment}`, () =>
      repos.listDeployments({ ...read, environment, per_page: 100, ...(commit && { sha: commit }) }),
    );
    return data.map(fromDeployment);
  };

  const statuses = async (deployment: number) => {
    const { data } = await calls.read(`read the statuses of deployment ${deployment}`, () =>
      repos.listDeploymentStatuses({ ...read, deployment_id: deployment, per_page: 100 }),
    );
    return data.map((status) => ({
      state: status.state,
      description: status.description,
      link: status.log_url ?? status.target_url,
      at: status.created_at,
      by: status.creator?.login ?? '',
    }));
  };

  const headOf = async (ref: string) => {
    const found = await calls.find(`read ${ref}`, () => git.getRef({ ...read, ref: short(ref) }));
    return found?.data.object.sha;
  };

  /** An object that no ref names is invisible: to send it twice does no harm. */
  const unseen = () => Promise.resolve(undefined);

  return {
    deployments,
    statuses,

    createDeployment: ({ production, ...asked }) =>
      calls.write(
        `create a deployment of ${asked.environment}`,
        async () => {
          const { data } = await repos.createDeployment({
            ...write,
            ...asked,
            payload: { ...asked.payload },
            production_environment: production,
            // GitHub's defaults merge the default branch, and demand that every check is green.
            auto_merge: false,
            required_contexts: [],
          });
          if ('id' in data) return fromDeployment(data);
          throw new HdError(
            'github-merged',
            Exit.notVerified,
            `GitHub made no deployment: ${data.message ?? ''}`,
          );
        },
        async () => {
          const wanted = canonical(asked.payload);
          const there = await deployments(asked.environment);
          return there.find(({ payload }) => isObject(payload) && canonical(payload) === wanted);
        },
      ),

    async addStatus(deployment, { state, description, url, link }) {
      await calls.write(
        `add a status to deployment ${deployment}`,
        async () => {
          await repos.createDeploymentStatus({
            ...write,
            ...{ deployment_id: deployment, state, description },
            ...(url === undefined ? {} : { environment_url: url }),
            ...(link === undefined ? {} : { log_url: link }),
            // By default a success ends what else is there, the deployment of an Actions job too.
            auto_inactive: false,
          });
          return true;
        },
        async () =>
          (await statuses(deployment)).some(
            (each) => each.state === state && each.description === description,
          )
            ? true
            : undefined,
      );
    },

    async history(ref) {
      const sha = await headOf(ref);
      if (sha === undefined) return [];
      const { data } = await calls.read(`read the history of ${ref}`, () =>
        repos.listCommits({ ...read, sha, per_page: 100 }),
      );
      return data.map(({ sha: own, commit, author }) => ({
        sha: own,
        message: commit.message,
        at: commit.committer?.date ?? '',
        by: author?.login ?? commit.author?.name ?? '',
      }));
    },

    async commitTo(ref, text, after) {
      const doing = `write ${ref}`;
      const file = { path: 'head', mode: '100644', type: 'blob', content: `${text}\n` } as const;
      const tree = await calls.write(
        doing,
        async () => (await git.createTree({ ...write, tree: [file] })).data.sha,
        unseen,
      );
      const parents = after === undefined ? [] : [after];
      const commit = await calls.write(
        doing,
        async () => (await git.createCommit({ ...write, message: text, tree, parents })).data.sha,
        unseen,
      );
      await calls.write(
        doing,
        async () => {
          if (after === undefined) await git.createRef({ ...write, ref, sha: commit });
          else await git.updateRef({ ...write, ref: short(ref), sha: commit, force: false });
          return true;
        },
        async () => ((await headOf(ref)) === commit ? true : undefined),
      );
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** As the API wants it everywhere but where a ref is made. */
function short(ref: string): string {
  return ref.replace(/^refs\//, '');
}

function fromDeployment(deployment: Deployment): GitHubDeployment {
  const { id, sha, payload, created_at: at, creator } = deployment;
  return { id, commit: sha, payload, at, by: creator?.login ?? '' };
}

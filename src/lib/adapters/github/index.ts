import type { RepositoryName } from '../../domain/environment.ts';
import type { Clock, GitHub } from '../../ports.ts';
import { createActions } from './actions.ts';
import { createArtifacts } from './artifacts.ts';
import { createCalls } from './calls.ts';
import { createChecks } from './checks.ts';
import { createClient, type ClientOptions } from './client.ts';
import { createComments } from './comments.ts';
import { createCommits } from './commits.ts';
import { createDispatch } from './dispatch.ts';
import { createEnvironments } from './environments.ts';
import { createIssues } from './issues.ts';
import { createPublishing } from './publishing.ts';
import { createFiles } from './files.ts';
import { createRefs } from './refs.ts';
import { createReleases } from './releases.ts';
import { createRequiredChecks } from './required-checks.ts';
import { createReviews } from './reviews.ts';
import { createTeams } from './teams.ts';

export interface GitHubAdapterOptions extends ClientOptions {
  repository: RepositoryName;
  clock: Clock;
}

/**
 * GitHub's REST API, of github.com, ghe.com or an Enterprise Server. Without a token it reads what is public.
 * Every method throws an UnreachableError (exit 11) when GitHub does not answer, and an HdError with exit 4 when
 * the token is missing, wrong or may not do it.
 */
export function createGitHub(options: GitHubAdapterOptions): GitHub {
  const pause = () => options.clock.sleep(options.retryBaseMs ?? 1000);
  const calls = createCalls(createClient(options), options.repository, options.token !== undefined, pause);
  const { token, ...withoutToken } = options;
  const refs = createRefs(calls);
  const actions = createActions(calls);
  const environments = createEnvironments(calls);
  return {
    repository: options.repository,
    hasToken: calls.hasToken,
    webUrl: webUrlOf(options.baseUrl),
    ...refs,
    ...createCommits(calls),
    ...createChecks(calls),
    ...createRequiredChecks(calls),
    ...actions,
    ...createDispatch(calls, actions.run),
    ...createReviews(calls, { ...refs, ...actions, ...environments }),
    ...createArtifacts(calls, () => createClient(withoutToken)),
    ...environments,
    ...createIssues(calls),
    ...createComments(calls),
    ...createTeams(calls),
    ...createReleases(calls),
    ...createFiles(calls),
    publishing: (signal) => createPublishing(calls, signal),
  };
}

/** `https://api.github.com` → `https://github.com`, `https://HOST/api/v3` → `https://HOST`, `https://api.SUB.ghe.com` → `https://SUB.ghe.com`. */
export function webUrlOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  const host = /^api\.(github\.com|.+\.ghe\.com)$/.exec(url.host)?.[1];
  return host === undefined ? url.origin : `${url.protocol}//${host}`;
}

import { artifacts } from './artifacts.ts';
import { assets } from './assets.ts';
import { branches } from './branches.ts';
import { checks } from './checks.ts';
import { commits } from './commits.ts';
import { files } from './contents.ts';
import { deployments } from './deployments.ts';
import { environments } from './environments.ts';
import { gitWrites } from './git-writes.ts';
import { issueComments } from './issue-comments.ts';
import { issues } from './issues.ts';
import { jobs } from './jobs.ts';
import { labels } from './labels.ts';
import type { Operation, Operations } from './operation.ts';
import { pulls } from './pulls.ts';
import { refs } from './refs.ts';
import { releases } from './releases.ts';
import { repository } from './repository.ts';
import { reviews } from './reviews.ts';
import { runs } from './runs.ts';
import { statuses } from './statuses.ts';
import { teams } from './teams.ts';
import { workflows } from './workflows.ts';

/**
 * Everything that the emulator can do, by GitHub's operation id. A new endpoint is a row in one of these
 * tables; then scripts/prune-openapi.ts takes its part of GitHub's description over.
 */
const table: Operations = {
  ...repository,
  ...refs,
  ...branches,
  ...commits,
  ...pulls,
  ...files,
  ...checks,
  ...statuses,
  ...workflows,
  ...runs,
  ...jobs,
  ...releases,
  ...assets,
  ...gitWrites,
  ...deployments,
  ...artifacts,
  ...reviews,
  ...environments,
  ...issues,
  ...issueComments,
  ...labels,
  ...teams,
};

/** Without the bodies' types, which the description's validation has proved before an operation runs. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(table) as [string, Operation][],
);

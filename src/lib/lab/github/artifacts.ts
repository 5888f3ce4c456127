import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { components } from '@octokit/openapi-types';
import { ApiError, notFound } from './api-error.ts';
import { utc } from './git-objects.ts';
import { nodeId, stableId } from './people.ts';
import {
  ok,
  page,
  redirect,
  type Answer,
  type ApiRequest,
  type Operations,
  type World,
} from './operation.ts';
import { pageUrl, repoUrl } from './repository.ts';
import { shortRef } from './refs.ts';
import type { Artifact } from './review-state.ts';
import { findRun } from './runs.ts';
import type { Run } from './state.ts';
import type { Upload } from './upload-artifact.ts';

type Schemas = components['schemas'];

const DAY_MS = 86_400_000;

function hasExpired({ expiresAt }: Artifact): boolean {
  return Date.parse(expiresAt) <= Date.now();
}

function artifactOf(world: World, api: string, artifact: Artifact): Schemas['artifact'] {
  const url = `${repoUrl(world, api)}/actions/artifacts/${artifact.id}`;
  const run = world.store.state.runs.find((one) => one.id === artifact.run);
  const repository = stableId(`${world.settings.owner}/${world.settings.repo}`);
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: hasExpired(artifact),
    digest: `sha256:${artifact.sha256}`,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    ...(run === undefined
      ? {}
      : {
          workflow_run: {
            ...{ id: run.id, repository_id: repository, head_repository_id: repository },
            ...{ head_branch: shortRef(run.ref), head_sha: run.sha },
          },
        }),
  };
}

/** What actions/upload-artifact gets. @throws Error if the run's attempt has one of that name */
export async function saveArtifact(
  world: World,
  run: Run,
  upload: Upload,
): Promise<{ id: number; url: string }> {
  const { store } = world;
  const same = store.state.artifacts.find(
    (one) => one.run === run.id && one.attempt === run.attempt && one.name === upload.name,
  );
  if (same !== undefined && !upload.overwrite)
    throw new Error('Conflict: an artifact with this name already exists on the workflow run');
  if (same !== undefined) store.state.artifacts.splice(store.state.artifacts.indexOf(same), 1);
  const artifact: Artifact = {
    ...{ id: store.id(), run: run.id, attempt: run.attempt, name: upload.name, size: upload.zip.length },
    sha256: createHash('sha256').update(upload.zip).digest('hex'),
    createdAt: utc(Date.now()),
    expiresAt: utc(Date.now() + upload.retentionDays * DAY_MS),
  };
  await writeFile(store.artifactFile(artifact.id), upload.zip);
  store.state.artifacts.push(artifact);
  store.changed();
  return { id: artifact.id, url: `${pageUrl(world)}/actions/runs/${run.id}/artifacts/${artifact.id}` };
}

/** @throws 404 */
export function findArtifact({ store }: World, id: string): Artifact {
  const found = store.state.artifacts.find((one) => String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

function list(world: World, request: ApiRequest, among: readonly Artifact[]): Answer {
  const name = request.query.get('name');
  const found = among.filter((one) => name === null || one.name === name);
  // newest first, unless asked otherwise
  if (request.query.get('direction') !== 'asc') found.reverse();
  return page(request, found, (rows) => ({
    total_count: found.length,
    artifacts: rows.map((one) => artifactOf(world, request.api, one)),
  }));
}

export const artifacts: Operations = {
  'actions/list-workflow-run-artifacts': {
    needs: 'actions=read',
    run: (world, request) => {
      const { id } = findRun(world, request);
      return list(
        world,
        request,
        world.store.state.artifacts.filter((one) => one.run === id),
      );
    },
  },
  'actions/list-artifacts-for-repo': {
    needs: 'actions=read',
    run: (world, request) => list(world, request, world.store.state.artifacts),
  },
  'actions/get-artifact': {
    needs: 'actions=read',
    run: (world, request) =>
      ok(artifactOf(world, request.api, findArtifact(world, request.param('artifact_id')))),
  },
  'actions/download-artifact': {
    needs: 'actions=read',
    run: (world, request) => {
      const artifact = findArtifact(world, request.param('artifact_id'));
      if (request.param('archive_format') !== 'zip') throw notFound();
      if (hasExpired(artifact)) throw new ApiError(410, 'Artifact has expired');
      return redirect(world.blobs.link(`artifacts/${artifact.id}`, 'application/zip'));
    },
  },
};

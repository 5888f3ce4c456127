import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { components } from '@octokit/openapi-types';
import { invalid, notFound } from './api-error.ts';
import { utc } from './git-objects.ts';
import { nodeId, user } from './people.ts';
import { created, ok, page, redirect, type ApiRequest, type Operations, type World } from './operation.ts';
import { findRelease } from './find-release.ts';
import { pageUrl, repoUrl } from './repository.ts';
import type { Asset, Release } from './state.ts';

type Schemas = components['schemas'];

export function assetOf(world: World, api: string, release: Release, asset: Asset): Schemas['release-asset'] {
  const path = `${encodeURIComponent(release.tag)}/${encodeURIComponent(asset.name)}`;
  return {
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    url: `${repoUrl(world, api)}/releases/assets/${asset.id}`,
    browser_download_url: `${pageUrl(world)}/releases/download/${path}`,
    name: asset.name,
    label: asset.label,
    state: 'uploaded',
    content_type: asset.contentType,
    size: asset.size,
    digest: `sha256:${asset.sha256}`,
    download_count: 0,
    created_at: asset.createdAt,
    updated_at: asset.createdAt,
    uploader: user(api, world.origin, asset.uploader),
  };
}

function find(world: World, request: ApiRequest): { release: Release; asset: Asset } {
  for (const release of world.store.state.releases) {
    const asset = release.assets.find((one) => String(one.id) === request.param('asset_id'));
    if (asset !== undefined) return { release, asset };
  }
  throw notFound();
}

/** GitHub's renaming of what may stand in a file name. */
function cleanName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '.').replace(/^\.+|\.+$/g, '');
}

export const assets: Operations = {
  'repos/upload-release-asset': {
    needs: 'contents=write',
    run: async (world, request) => {
      const release = findRelease(world, request);
      const name = cleanName(request.query.get('name') ?? '');
      if (name === '')
        throw invalid('Validation Failed', [
          { resource: 'ReleaseAsset', field: 'name', code: 'missing_field' },
        ]);
      if (release.assets.some((one) => one.name === name))
        throw invalid('Validation Failed', [
          { resource: 'ReleaseAsset', field: 'name', code: 'already_exists' },
        ]);
      if (request.raw.length === 0) throw invalid('Bad Content-Length: 0');
      const asset: Asset = {
        id: world.store.id(),
        name,
        label: request.query.get('label') ?? '',
        contentType: request.headers['content-type'] ?? 'application/octet-stream',
        size: request.raw.length,
        sha256: createHash('sha256').update(request.raw).digest('hex'),
        uploader: request.identity.login,
        createdAt: utc(Date.now()),
      };
      await writeFile(world.store.assetFile(asset.id), request.raw);
      release.assets.push(asset);
      return created(assetOf(world, request.api, release, asset));
    },
  },
  'repos/list-release-assets': {
    needs: 'contents=read',
    run: (world, request) => {
      const release = findRelease(world, request);
      return page(request, release.assets, (rows) =>
        rows.map((asset) => assetOf(world, request.api, release, asset)),
      );
    },
  },
  'repos/get-release-asset': {
    needs: 'contents=read',
    run: (world, request) => {
      const { release, asset } = find(world, request);
      return request.headers.accept?.includes('application/octet-stream') === true
        ? redirect(world.blobs.link(`assets/${asset.id}`, 'application/octet-stream'))
        : ok(assetOf(world, request.api, release, asset));
    },
  },
  'repos/delete-release-asset': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { release, asset } = find(world, request);
      release.assets.splice(release.assets.indexOf(asset), 1);
      await rm(world.store.assetFile(asset.id), { force: true });
      return { status: 204 };
    },
  },
};

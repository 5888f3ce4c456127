import type { RestEndpointMethodTypes } from '@octokit/rest';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { Tag } from '../../domain/version.ts';
import type { GitHub, GitHubRelease } from '../../ports.ts';
import { once, type Calls } from './calls.ts';

type Releases = Pick<GitHub, 'release' | 'createRelease' | 'publishRelease' | 'readAsset' | 'uploadAsset'>;
type Release = RestEndpointMethodTypes['repos']['getReleaseByTag']['response']['data'];

export function createReleases(calls: Calls): Releases {
  const { octokit, at } = calls;
  const { repos } = octokit.rest;

  const release = async (tag: Tag) => {
    const doing = `read GitHub Release ${tag}`;
    const published = await calls.find(doing, () => repos.getReleaseByTag({ ...at, tag }));
    if (published !== undefined || !calls.hasToken) return published && fromRelease(published.data);
    // By tag GitHub gives published ones only.
    const recent = await calls.read(doing, () => repos.listReleases({ ...at, per_page: 100 }));
    const draft = recent.data.find((candidate) => candidate.draft && candidate.tag_name === tag);
    return draft && fromRelease(draft);
  };

  const assets = (id: number) =>
    calls.read(
      `list the assets of release ${id}`,
      async () => (await repos.getRelease({ ...at, release_id: id })).data.assets,
    );

  return {
    release,

    createRelease: ({ tag, commit, prerelease, draft, notes }) =>
      calls.write(
        `create GitHub Release ${tag}`,
        async () => {
          const made = await repos.createRelease({
            ...at,
            ...once,
            tag_name: tag,
            target_commitish: commit,
            name: tag,
            draft,
            prerelease,
            // GitHub decides by version and date: a maintenance release does not become the newest.
            make_latest: 'legacy',
            ...(notes === undefined ? { generate_release_notes: true } : { body: notes }),
          });
          return fromRelease(made.data);
        },
        () => release(tag),
      ),

    publishRelease: ({ id, prerelease }) =>
      calls.write(
        `publish GitHub Release ${id}`,
        async () => {
          const { data } = await repos.updateRelease({
            ...at,
            ...once,
            release_id: id,
            draft: false,
            prerelease,
          });
          return fromRelease(data);
        },
        async () => {
          const { data } = await calls.read(`read GitHub Release ${id}`, () =>
            repos.getRelease({ ...at, release_id: id }),
          );
          return data.draft ? undefined : fromRelease(data);
        },
      ),

    async readAsset(of, name) {
      const asset = of.assets.find((candidate) => candidate.name === name);
      if (asset === undefined) return undefined;
      const found = await calls.find(`read asset ${name}`, () =>
        repos.getReleaseAsset({ ...at, asset_id: asset.id, headers: { accept: 'application/octet-stream' } }),
      );
      const data: unknown = found?.data;
      if (data instanceof ArrayBuffer) return new TextDecoder().decode(data);
      return typeof data === 'string' ? data : undefined;
    },

    async uploadAsset(to, name, content) {
      assertOwnHost(to.uploadUrl, calls);
      const doing = `upload ${name} to GitHub Release ${to.id}`;
      const old = (await assets(to.id)).find((asset) => asset.name === name);
      if (old !== undefined)
        await calls.write(
          doing,
          async () => {
            await repos.deleteReleaseAsset({ ...at, ...once, asset_id: old.id });
            return true;
          },
          async () => ((await assets(to.id)).some((asset) => asset.id === old.id) ? undefined : true),
        );
      const size = new TextEncoder().encode(content).byteLength;
      await calls.write(
        doing,
        async () => {
          await repos.uploadReleaseAsset({
            ...at,
            ...once,
            url: to.uploadUrl,
            release_id: to.id,
            name,
            data: content,
            headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          });
          return true;
        },
        async () =>
          (await assets(to.id)).some(
            (asset) => asset.name === name && asset.state === 'uploaded' && asset.size === size,
          )
            ? true
            : undefined,
      );
    },
  };
}

/** The token goes to GitHub alone: its API's host, or that of uploads beside it. */
function assertOwnHost(uploadUrl: string, { octokit }: Calls): void {
  const host = new URL(uploadUrl.replace(/\{.*$/, '')).host;
  const api = new URL(octokit.request.endpoint.DEFAULTS.baseUrl).host;
  if (host !== api && host !== api.replace(/^api\./, 'uploads.'))
    throw new HdError(
      'github-upload-host',
      Exit.notAllowed,
      `GitHub names ${host} for uploads, which is not its own host`,
    );
}

function fromRelease(release: Release): GitHubRelease {
  return {
    id: release.id,
    url: release.html_url,
    prerelease: release.prerelease,
    draft: release.draft,
    assets: release.assets.map(({ id, name }) => ({ id, name })),
    uploadUrl: release.upload_url,
  };
}

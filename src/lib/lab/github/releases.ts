import type { components } from '@octokit/openapi-types';
import { assetOf } from './assets.ts';
import { invalid, notFound } from './api-error.ts';
import { existing } from './commits.ts';
import { findRelease } from './find-release.ts';
import { utc } from './git-objects.ts';
import { nodeId, user } from './people.ts';
import { created, ok, page, type Operations, type World } from './operation.ts';
import { pageUrl, repoUrl } from './repository.ts';
import type { Release } from './state.ts';

type Schemas = components['schemas'];

function releaseOf(world: World, api: string, release: Release): Schemas['release'] {
  const url = `${repoUrl(world, api)}/releases/${release.id}`;
  const tag = encodeURIComponent(release.tag);
  return {
    id: release.id,
    node_id: nodeId('Release', release.id),
    url,
    html_url: `${pageUrl(world)}/releases/tag/${tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${repoUrl(world, `${world.origin}/api/uploads`)}/releases/${release.id}/assets{?name,label}`,
    tarball_url: release.draft ? null : `${repoUrl(world, api)}/tarball/${tag}`,
    zipball_url: release.draft ? null : `${repoUrl(world, api)}/zipball/${tag}`,
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: false,
    created_at: release.createdAt,
    published_at: release.publishedAt,
    author: user(api, world.origin, release.author),
    assets: release.assets.map((asset) => assetOf(world, api, release, asset)),
  };
}

function latest(world: World): Release {
  const release = world.store.state.releases
    .filter((one) => !one.draft && !one.prerelease)
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || a.id - b.id)
    .at(-1);
  if (release === undefined) throw notFound();
  return release;
}

/** Publishing makes the tag, at the target, unless it is there; gives the commit's date. */
async function publish(world: World, tag: string, target: string): Promise<string> {
  const ref = `refs/tags/${tag}`;
  if ((await world.git.ref(ref)) === undefined) {
    const sha = await world.git.resolve(target);
    if (sha === undefined || !(await world.git.validRef(ref)))
      throw invalid('Validation Failed', [
        sha === undefined
          ? { resource: 'Release', field: 'target_commitish', code: 'invalid' }
          : {
              resource: 'Release',
              field: 'tag_name',
              code: 'custom',
              message: 'tag_name is not a valid tag',
            },
      ]);
    await world.git.setRef(ref, sha);
  }
  const sha = await world.git.resolve(ref);
  return sha === undefined ? utc(Date.now()) : (await existing(world, sha)).committer.date;
}

function taken(world: World, tag: string, but?: Release): boolean {
  return world.store.state.releases.some((one) => one !== but && !one.draft && one.tag === tag);
}

const EXISTS = [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }];

async function generateNotes(
  world: World,
  tag: string,
  target: string,
  previous?: string,
): Promise<{ name: string; body: string }> {
  const { git, store } = world;
  const to = (await git.resolve(`refs/tags/${tag}`)) ?? (await git.resolve(target));
  if (to === undefined)
    throw invalid('Validation Failed', [{ resource: 'Release', field: 'target_commitish', code: 'invalid' }]);
  const earlier = store.state.releases.filter((one) => !one.draft && one.tag !== tag).at(-1)?.tag;
  const from = previous ?? earlier;
  const base = from === undefined ? undefined : await git.resolve(`refs/tags/${from}`);
  const commits = await git.log([base === undefined ? to : `${base}..${to}`, '--']);
  const rows = commits.map((commit) => `* ${commit.message.split('\n')[0] ?? ''} by ${commit.author.name}`);
  const range = base === undefined ? `commits/${tag}` : `compare/${from ?? ''}...${tag}`;
  return {
    name: tag,
    body: [
      ...(rows.length === 0 ? [] : ["## What's Changed", ...rows, '']),
      `**Full Changelog**: ${pageUrl(world)}/${range}`,
    ].join('\n'),
  };
}

export const releases: Operations = {
  'repos/list-releases': {
    needs: 'contents=read',
    run: (world, request) =>
      page(request, world.store.state.releases.toReversed(), (rows) =>
        rows.map((release) => releaseOf(world, request.api, release)),
      ),
  },
  'repos/get-latest-release': {
    needs: 'contents=read',
    run: (world, request) => ok(releaseOf(world, request.api, latest(world))),
  },
  'repos/get-release-by-tag': {
    needs: 'contents=read',
    run: (world, request) => {
      const tag = request.param('tag');
      const release = world.store.state.releases.find((one) => one.tag === tag && !one.draft);
      if (release === undefined) throw notFound();
      return ok(releaseOf(world, request.api, release));
    },
  },
  'repos/get-release': {
    needs: 'contents=read',
    run: (world, request) => ok(releaseOf(world, request.api, findRelease(world, request))),
  },
  'repos/create-release': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { body } = request;
      const target = body.target_commitish ?? world.settings.defaultBranch;
      const draft = body.draft ?? false;
      if (!draft && taken(world, body.tag_name)) throw invalid('Validation Failed', EXISTS);
      const now = utc(Date.now());
      const notes =
        body.generate_release_notes === true ? await generateNotes(world, body.tag_name, target) : undefined;
      const createdAt = draft ? now : await publish(world, body.tag_name, target);
      const text = [body.body, notes?.body].filter((part) => part !== undefined).join('\n\n');
      const release: Release = {
        id: world.store.id(),
        tag: body.tag_name,
        target,
        name: body.name ?? notes?.name ?? null,
        body: text === '' ? null : text,
        draft,
        prerelease: body.prerelease ?? false,
        author: request.identity.login,
        createdAt,
        publishedAt: draft ? null : now,
        assets: [],
      };
      world.store.state.releases.push(release);
      return created(releaseOf(world, request.api, release));
    },
  },
  'repos/update-release': {
    needs: 'contents=write',
    run: async (world, request) => {
      const release = findRelease(world, request);
      const body = request.body ?? {};
      const next = {
        tag: body.tag_name ?? release.tag,
        target: body.target_commitish ?? release.target,
        draft: body.draft ?? release.draft,
      };
      if (!next.draft && taken(world, next.tag, release)) throw invalid('Validation Failed', EXISTS);
      if (release.draft && !next.draft) {
        release.createdAt = await publish(world, next.tag, next.target);
        release.publishedAt = utc(Date.now());
      }
      Object.assign(release, next, {
        name: body.name ?? release.name,
        body: body.body ?? release.body,
        prerelease: body.prerelease ?? release.prerelease,
      });
      return ok(releaseOf(world, request.api, release));
    },
  },
  'repos/delete-release': {
    needs: 'contents=write',
    run: (world, request) => {
      const { releases: all } = world.store.state;
      all.splice(all.indexOf(findRelease(world, request)), 1);
      return { status: 204 };
    },
  },
  'repos/generate-release-notes': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { tag_name: tag, target_commitish: target, previous_tag_name: previous } = request.body;
      return ok(await generateNotes(world, tag, target ?? world.settings.defaultBranch, previous));
    },
  },
};

import type { components } from '@octokit/openapi-types';
import { invalid, notFound } from './api-error.ts';
import { isSha, utc, type GitTag } from './git-objects.ts';
import { nodeId } from './people.ts';
import { created, ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { repoUrl } from './repository.ts';

type Schemas = components['schemas'];

async function refOf(world: World, api: string, ref: string, sha: string): Promise<Schemas['git-ref']> {
  const url = repoUrl(world, api);
  const type = (await world.git.type(sha)) ?? 'commit';
  return {
    ref,
    node_id: nodeId('Ref', ref),
    url: `${url}/git/${ref}`,
    object: { sha, type, url: `${url}/git/${type}s/${sha}` },
  };
}

function tagOf(world: World, api: string, tag: GitTag): Schemas['git-tag'] {
  const url = repoUrl(world, api);
  return {
    node_id: nodeId('Tag', tag.sha),
    sha: tag.sha,
    url: `${url}/git/tags/${tag.sha}`,
    tag: tag.tag,
    message: tag.message,
    tagger: tag.tagger,
    object: { ...tag.object, url: `${url}/git/${tag.object.type}s/${tag.object.sha}` },
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

/** A branch's or tag's name as GitHub shows it in `head_branch`. */
export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

/** `heads/main`, also with `refs/` before it. */
function fullName(request: ApiRequest): string {
  return `refs/${request.param('ref').replace(/^refs\//, '')}`;
}

export const refs: Operations = {
  'git/get-ref': {
    needs: 'contents=read',
    run: async (world, request) => {
      const ref = fullName(request);
      const sha = await world.git.ref(ref);
      if (sha === undefined) throw notFound();
      return ok(await refOf(world, request.api, ref, sha));
    },
  },
  'git/list-matching-refs': {
    needs: 'contents=read',
    run: async (world, request) => {
      const prefix = fullName(request);
      const found = [...(await world.git.refs('refs'))].filter(([ref]) => ref.startsWith(prefix));
      return page(request, await Promise.all(found.map(([ref, sha]) => refOf(world, request.api, ref, sha))));
    },
  },
  'git/create-ref': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { ref, sha } = request.body;
      // pull requests' refs are GitHub's own
      if (!/^refs\/(?!pull\/)[^/]+\/./.test(ref) || !(await world.git.validRef(ref)))
        throw invalid('Reference name is not valid');
      const type = await world.git.type(sha);
      if (type === undefined || (type !== 'commit' && ref.startsWith('refs/heads/')))
        throw invalid('Object does not exist');
      if ((await world.git.ref(ref)) !== undefined) throw invalid('Reference already exists');
      await world.git.setRef(ref, sha).catch(async (error: unknown) => {
        // somebody was faster
        throw (await world.git.ref(ref)) === undefined ? error : invalid('Reference already exists');
      });
      return created(await refOf(world, request.api, ref, sha));
    },
  },
  'git/update-ref': {
    needs: 'contents=write',
    run: async (world, request) => {
      const ref = fullName(request);
      const { sha, force } = request.body;
      const before = await world.git.ref(ref);
      if (before === undefined) throw invalid('Reference does not exist');
      if ((await world.git.type(sha)) === undefined) throw invalid('Object does not exist');
      if (force !== true && (await world.git.mergeBase(before, sha)) !== before)
        throw invalid('Update is not a fast forward');
      await world.git.setRef(ref, sha, before);
      return ok(await refOf(world, request.api, ref, sha));
    },
  },
  'git/delete-ref': {
    needs: 'contents=write',
    run: async (world, request) => {
      const ref = fullName(request);
      const before = await world.git.ref(ref);
      if (before === undefined) throw invalid('Reference does not exist');
      if (ref === `refs/heads/${world.settings.defaultBranch}`)
        throw invalid('Cannot delete the default branch');
      await world.git.deleteRef(ref, before);
      return { status: 204 };
    },
  },
  'git/create-tag': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { tag, message, object, type, tagger } = request.body;
      if (!isSha(object) || (await world.git.type(object)) !== type)
        throw invalid('Object does not exist or is not of the type');
      if (!(await world.git.validRef(`refs/tags/${tag}`))) throw invalid('Tag name is not valid');
      const { login } = request.identity;
      const person = {
        name: oneLine(tagger?.name ?? login),
        email: oneLine(tagger?.email ?? `${login}@users.noreply.github.com`),
        date: tagger?.date ?? utc(Date.now()),
      };
      const sha = await world.git.makeTag({ tag, message, object: { sha: object, type }, tagger: person });
      const made = await world.git.tagObject(sha);
      if (made === undefined) throw new Error(`git made no tag object ${sha}`);
      return created(tagOf(world, request.api, made));
    },
  },
  'git/get-tag': {
    needs: 'contents=read',
    run: async (world, request) => {
      const tag = await world.git.tagObject(request.param('tag_sha'));
      if (tag === undefined) throw notFound();
      return ok(tagOf(world, request.api, tag));
    },
  },
};

/** A tagger's name and address stand in one line of the object: a newline would forge another header. */
function oneLine(text: string): string {
  return text.replace(/[<>\r\n\0]/g, '');
}

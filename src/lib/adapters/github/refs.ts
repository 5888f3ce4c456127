import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import { shortCommit, type Commit, type Tag } from '../../domain/version.ts';
import type { GitHub, GitHubTag } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { answered, isRequestError } from './failures.ts';

type Refs = Pick<
  GitHub,
  'viewer' | 'defaultBranch' | 'branchHead' | 'tag' | 'tags' | 'commit' | 'compare' | 'createTag'
>;

/** Tags of tags that are followed to the commit. */
const MAX_NESTING = 5;

export function createRefs(calls: Calls): Refs {
  const { octokit, at } = calls;
  const { git, repos, users } = octokit.rest;

  const tag = async (name: Tag): Promise<GitHubTag | undefined> => {
    const doing = `read tag ${name}`;
    const ref = await calls.find(doing, () => git.getRef({ ...at, ref: `tags/${name}` }));
    if (ref === undefined) return undefined;
    let { type, sha } = ref.data.object;
    let tagger: GitHubTag['tagger'];
    const annotated = type === 'tag';
    for (let depth = 0; type === 'tag' && depth < MAX_NESTING; depth += 1) {
      const object = await calls.read(doing, () => git.getTag({ ...at, tag_sha: sha }));
      tagger ??= { name: object.data.tagger.name, date: object.data.tagger.date };
      ({ type, sha } = object.data.object);
    }
    if (type !== 'commit')
      throw new HdError('tag-of-no-commit', Exit.refused, `tag ${name} is not on a commit but on a ${type}`);
    return { tag: name, commit: sha, annotated, ...(tagger && { tagger }) };
  };

  return {
    tag,

    async viewer() {
      if (!calls.hasToken) return undefined;
      // 403: an installation's token, that of a job too, speaks for no user.
      const found = await calls.find('ask whom the token speaks for', () => users.getAuthenticated(), [403]);
      return found?.data.login;
    },

    async defaultBranch() {
      const { data } = await calls.read(`read ${calls.name}`, () => repos.get(at));
      return data.default_branch;
    },

    async branchHead(branch) {
      const ref = await calls.find(`read branch ${branch}`, () =>
        git.getRef({ ...at, ref: `heads/${branch}` }),
      );
      return ref?.data.object.sha;
    },

    async tags() {
      const tags = await calls.read('list the tags', () =>
        octokit.paginate(repos.listTags, { ...at, per_page: 100 }),
      );
      return tags.map(({ name, commit }) => ({ tag: name, commit: commit.sha }));
    },

    async commit(ref) {
      // 422: the text can't be a commit's name.
      const found = await calls.find(
        `read commit ${ref}`,
        () => repos.getCommit({ ...at, ref, per_page: 1 }),
        [404, 409, 422],
      );
      if (found === undefined) return undefined;
      const { sha, commit } = found.data;
      return { sha, title: commit.message.split('\n', 1)[0] ?? '', date: commit.committer?.date ?? '' };
    },

    async compare(base, head) {
      const { data } = await calls.read(`compare ${base} with ${head}`, () =>
        repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}`, per_page: 1 }),
      );
      return { status: data.status, aheadBy: data.ahead_by, behindBy: data.behind_by };
    },

    async createTag({ tag: name, commit, message }) {
      const doing = `create tag ${name}`;
      // A tag object without a ref is invisible: to send it twice does no harm.
      const object = await calls.write(
        doing,
        async () =>
          (await git.createTag({ ...at, ...once, tag: name, message, object: commit, type: 'commit' })).data
            .sha,
        () => Promise.resolve(undefined),
      );
      const there = async () => ((await tag(name))?.commit === commit ? true : undefined);
      try {
        await calls.write(
          doing,
          async () => {
            await git.createRef({ ...at, ...once, ref: `refs/tags/${name}`, sha: object });
            return true;
          },
          there,
        );
      } catch (error) {
        await refuseOther(error, name, commit);
        throw error;
      }
    },
  };

  /** Between our look and our write somebody else made the tag. */
  async function refuseOther(error: unknown, name: Tag, commit: Commit): Promise<void> {
    const cause = error instanceof HdError ? error.cause : undefined;
    if (!isRequestError(cause) || answered(cause) !== 422) return;
    const other = await tag(name).catch(() => undefined);
    if (other === undefined) return;
    throw new HdError(
      'tag-elsewhere',
      Exit.refused,
      `tag ${name} exists at ${shortCommit(other.commit)}, not at ${shortCommit(commit)}; hd never moves a tag`,
      { cause: error },
    );
  }
}

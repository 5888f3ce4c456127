import { invalid } from './api-error.ts';
import { gitCommitOf, gitTreeOf } from './commits.ts';
import { utc } from './git-objects.ts';
import { created, type Operations } from './operation.ts';

/** Objects that no ref names yet. */
export const gitWrites: Operations = {
  'git/create-tree': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { tree, base_tree: base } = request.body;
      const entries = tree.map(({ path = '', mode = '100644', sha, content }) => {
        if (path === '' || (sha === undefined) === (content === undefined))
          throw invalid('tree.sha or tree.content is needed, and not both');
        return { path, mode, ...(content === undefined ? { sha: sha ?? null } : { content }) };
      });
      const made = await world.git.makeTree(entries, base).catch(() => {
        throw invalid('tree contains an object that is not there');
      });
      return created(await gitTreeOf(world, request.api, made, false));
    },
  },
  'git/create-commit': {
    needs: 'contents=write',
    run: async (world, request) => {
      const { message, tree, parents = [], author, committer = author } = request.body;
      if ((await world.git.type(tree)) !== 'tree') throw invalid('Tree SHA does not exist');
      for (const parent of parents)
        if ((await world.git.type(parent)) !== 'commit')
          throw invalid('Parent SHA does not exist or is not a commit');
      const { login } = request.identity;
      const person = (given: { name?: string; email?: string; date?: string } | undefined) => ({
        name: given?.name ?? login,
        email: given?.email ?? `${login}@users.noreply.github.com`,
        date: given?.date ?? utc(Date.now()),
      });
      const commit = { message, tree, parents, author: person(author), committer: person(committer) };
      const made = await world.git.commit(await world.git.makeCommit(commit));
      if (made === undefined) throw new Error('git made no commit');
      return created(gitCommitOf(world, request.api, made));
    },
  },
};

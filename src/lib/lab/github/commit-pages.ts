import type { World } from './operation.ts';
import type { Page, Row } from './page.ts';

export async function commitPage({ git }: World, start: string, name: string): Promise<Page | undefined> {
  const sha = await git.resolve(name);
  const commit = sha === undefined ? undefined : await git.commit(sha);
  if (commit === undefined) return undefined;
  return {
    title: commit.message.split('\n')[0] ?? '',
    rows: [
      ['commit', commit.sha],
      ['author', `${commit.author.name}, ${commit.author.date}`],
      ...commit.parents.map((parent): Row => ['parent', parent, `${start}/commit/${parent}`]),
      ['message', commit.message],
    ],
  };
}

/** @param range `BASE...HEAD` */
export async function comparePage({ git }: World, start: string, range: string): Promise<Page | undefined> {
  const [base, head] = await Promise.all(range.split('...').map((name) => git.resolve(name)));
  if (base === undefined || head === undefined) return undefined;
  const commits = await git.log([`${base}..${head}`, '--']);
  return {
    title: `Comparing ${range}`,
    rows: commits.map(({ sha, message, author }): Row => [
      author.name,
      message.split('\n')[0] ?? '',
      `${start}/commit/${sha}`,
    ]),
  };
}

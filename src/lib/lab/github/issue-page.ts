import type { Issue } from './issue-state.ts';
import type { World } from './operation.ts';
import type { Page, Row } from './page.ts';

export function issueList({ store: { state } }: World, start: string): Page {
  return {
    title: `${start.slice(1)}: issues`,
    rows: state.issues
      .map((each): Row => [
        `#${each.number}`,
        `${each.title}, ${stateText(each)}`,
        `${start}/issues/${each.number}`,
      ])
      .reverse(),
  };
}

/** An issue, or a pull request, and what was said to it. */
export function issuePage({ store: { state } }: World, start: string, number: number): Page | undefined {
  const found = state.issues.find((each) => each.number === number);
  if (found === undefined) return undefined;
  const comments = state.comments.filter((each) => each.issue === number);
  return {
    title: `${found.title} #${number}`,
    rows: [
      [found.pull === undefined ? 'issue' : 'pull request', stateText(found)],
      ['labels', found.labels.join(', ')],
      ['assigned', found.assignees.join(', ')],
      ...(found.pull === undefined
        ? []
        : [['merged as', found.pull.mergeCommit, `${start}/commit/${found.pull.mergeCommit}`] as const]),
      [`${found.author}, ${found.createdAt}${edited(found)}`, found.body ?? ''],
      ...comments.map((each): Row => [`${each.author}, ${each.createdAt}${edited(each)}`, each.body]),
    ],
  };
}

function stateText({ state, stateReason, author, closedBy }: Issue): string {
  const opened = `opened by ${author}`;
  return state === 'open'
    ? opened
    : `${opened}, closed by ${closedBy ?? 'nobody'} (${stateReason ?? 'merged'})`;
}

/** An issue's time of change also moves with its comments: only a comment's says that it was edited. */
function edited(thing: { createdAt: string; updatedAt: string }): string {
  return 'issue' in thing && thing.updatedAt !== thing.createdAt ? ', edited' : '';
}

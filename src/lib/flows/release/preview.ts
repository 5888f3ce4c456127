import { count } from '../../domain/names.ts';
import type { Fact } from '../../domain/verdict.ts';
import { shortCommit, tagOf } from '../../domain/version.ts';
import type { GateVerdict } from '../../gates/release/index.ts';
import { gateRows } from './end.ts';
import type { Observed } from './observe.ts';

/** What would be tagged, and what the gates say of it (screens.md, 2). */
export function previewOf({ facts, previous }: Observed, verdicts: readonly GateVerdict[]): Fact[] {
  const { commit, branch, position } = facts;
  const where = {
    head: `head of ${branch.name}`,
    behind: `on ${branch.name}`,
    elsewhere: `not on ${branch.name}`,
  };
  const distance =
    previous === undefined ? '' : `, ${count(previous.commits, 'commit')} after ${tagOf(previous.version)}`;
  return [
    {
      label: 'commit',
      text: `${shortCommit(commit.sha)}  ${where[position]}${distance}`,
      more: [JSON.stringify(commit.title)],
    },
    ...gateRows(verdicts),
  ];
}

import { count } from '../domain/names.ts';
import type { PlanStory } from '../domain/plan-story.ts';
import type { Fact } from '../domain/verdict.ts';
import { PULL_LOOKUPS } from './plan-story.ts';

/** Two versions of one line stand beside each other as far as they are this short together. */
const ONE_LINE = 56;

/** `, 9 commits, 4 pull requests`; `, 1 commit back` of what is taken back; nothing where nobody could be asked. */
export function commitsText({ commits, pulls }: PlanStory): string {
  if (commits === undefined) return '';
  const more = commits.total > PULL_LOOKUPS ? ' or more' : '';
  const merged = pulls.length === 0 ? '' : `, ${count(pulls.length, 'pull request')}${more}`;
  return `, ${count(commits.total, 'commit')}${commits.back === true ? ' back' : ''}${merged}`;
}

/** What differs of the compose files, and of what they refer to. */
export function fileFacts(files: PlanStory['files'], compose: readonly string[]): Fact[] {
  const of = (label: string, own: PlanStory['files']): Fact[] =>
    own.length === 0 ? [] : [{ label, text: ownText(own) }];
  return [
    ...of(
      'compose',
      files.filter(({ path }) => compose.includes(path)),
    ),
    ...of(
      'files',
      files.filter(({ path }) => !compose.includes(path)),
    ),
  ];
}

function ownText(files: PlanStory['files']): string {
  const [only] = files;
  if (files.length > 1 || only === undefined) return files.map(changeText).join(', ');
  const gone = linesOf(only, '-');
  const added = linesOf(only, '+');
  const [was = '', is = ''] = [gone[0]?.trim(), added[0]?.trim()];
  const short = gone.length === 1 && added.length === 1 && was.length + is.length <= ONE_LINE;
  return short ? `1 line of ${only.path}: ${was} → ${is}` : changeText(only);
}

/** `compose.yaml +3 -1`. */
function changeText(file: PlanStory['files'][number]): string {
  if (file.change !== 'changed') return `${file.path} ${file.change}`;
  const counts = [`+${linesOf(file, '+').length}`, `-${linesOf(file, '-').length}`].filter(
    (text) => text.slice(1) !== '0',
  );
  return [file.path, ...counts].join(' ');
}

function linesOf({ diff }: PlanStory['files'][number], sign: '+' | '-'): string[] {
  return diff.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
}

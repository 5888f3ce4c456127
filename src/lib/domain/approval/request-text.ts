import type { RoleStanding } from '../approval.ts';
import { foldHosts } from '../names.ts';
import type { PlanStory } from '../plan-story.ts';
import type { Stage } from '../plan.ts';
import { span } from '../values.ts';
import { shortCommit } from '../version.ts';
import { block, blockLine, code, mention, oneLine, utc } from './markdown.ts';
import { requestNote, type RequestNote } from './read.ts';

/** Of commits and of pull requests, each; how many more there are is said. */
const LIST_SHOWN = 60;
/** Characters of the diff; lines are shown whole or not at all, and how many are missing is said. */
const DIFF_SHOWN = 20_000;
/** Files whose changes are shown or named. */
const FILES_SHOWN = 50;
/** People and teams of a role who are told. */
const MENTIONED = 20;
/** Characters of a title or a path, and of a name. */
const TITLE = 100;
const NAME = 40;

/** What people are asked to agree to. */
export interface RequestTold extends RequestNote {
  /** What serves now: `v1.3.2 on 3 of 3 hosts`. */
  serves: string;
  roles: readonly Omit<RoleStanding, 'votes'>[];
  stages: readonly Pick<Stage, 'name' | 'hosts' | 'what' | 'because'>[];
  story: PlanStory;
  /** For links: `https://github.com/acme/healthdelta`. */
  repositoryUrl: string;
}

export function requestTitle({ verb, what, environment, plan }: RequestNote): string {
  const way = verb === 'rollback' ? 'back' : 'to';
  const change =
    verb === 'rollback' ? `roll ${environment} ${way} to ${what}` : `deploy ${what} ${way} ${environment}`;
  return oneLine(`Approve: ${change}, plan ${plan.slice(0, 12)}`, 250);
}

/**
 * The issue's text: what would change in a form that a person can judge, and how to say yes or no. The same request has
 * the same text. Whatever others wrote (titles of commits, files) is code in it, so that it is nothing but text.
 */
export function requestBody(told: RequestTold): string {
  const { environment, verb, what, plan, requester, expiresAt } = told;
  const asked =
    verb === 'rollback'
      ? `to roll ${code(environment)} back to ${code(what)}`
      : `to deploy ${code(what)} to ${code(environment)}`;
  const text = [
    `${code(requester)} asks ${asked}, until **${utc(expiresAt)}**.`,
    '',
    ...told.roles.map(roleLine),
    '',
    ...howToAnswer(told),
    '',
    '### What changes',
    '',
    ...changes(told),
    ...section('Commits', commits(told)),
    ...section('Pull requests', pulls(told)),
    ...section('Files', files(told.story.files)),
    '',
    `Plan ${code(plan)}`,
    '',
  ].join('\n');
  return `${requestNote(told, text)}\n${text}`;
}

function roleLine({ role, needed, meaning, asked }: RequestTold['roles'][number]): string {
  const who = asked.slice(0, MENTIONED).map(mention);
  const more = asked.length - who.length;
  const all = more > 0 ? [...who, `${more} more`] : who;
  return `- ${code(role)}: ${needed} (${oneLine(meaning)}) of ${asked.length === 0 ? 'nobody' : all.join(', ')}`;
}

function howToAnswer({ environment, plan, requester }: RequestTold): string[] {
  const hash = plan.slice(0, 12);
  return [
    `\`hd approve ${environment} --comment WHY\`, or a comment here that begins with this line, and says why below it:`,
    '',
    ...block([`hd approve ${hash}`, 'WHY'], 'text'),
    '',
    `\`hd reject ${environment} --comment WHY\`, or \`hd reject ${hash}\` in the same form, ends this request for good.`,
    `Who has several roles may end the line with \` as ROLE\`. A comment that is edited, gives no reason or is made by`,
    `${code(requester)} does not count; nor does any once this text was changed. Closing this issue withdraws it.`,
  ];
}

function changes({ serves, what, story, stages }: RequestTold): string[] {
  const { images, expectedMs, wayBack } = story;
  const { all } = expectedMs;
  return [
    `- serves now: ${code(serves)}; then ${code(what)}`,
    ...images.map(({ service, repository, from, to }) => {
      const before = from === undefined ? '' : `${code(from)} → `;
      return `- ${code(service)}, ${code(repository)}: ${from === to ? `stays ${code(to)}` : before + code(to)}`;
    }),
    ...stages.map(({ name, hosts, what: does, because }) => {
      const ms = expectedMs[name];
      const took = ms === undefined ? '' : `, about ${span(ms)}`;
      return `- ${name} on ${code(foldHosts(hosts))}: ${code(does)}, because ${code(because)}${took}`;
    }),
    ...(all === undefined ? [] : [`- expected to take ${span(all)}, as the last ones did`]),
    wayBack === undefined
      ? '- way back: none, nothing was ever confirmed here'
      : `- way back: ${code(wayBack.name)}${wayBack.expectedMs === undefined ? '' : ` in about ${span(wayBack.expectedMs)}`}`,
  ];
}

function commits({ story, repositoryUrl }: RequestTold): string[] {
  if (story.commits === undefined) return [];
  const { from, to, total, list, back } = story.commits;
  const [older, newer] = back === true ? [to, from] : [from, to];
  const link = `[${shortCommit(from)}…${shortCommit(to)}](${repositoryUrl}/compare/${older}...${newer})`;
  // The newest ones are what has changed last.
  const shown = list.slice(-LIST_SHOWN);
  return [
    back === true ? `${total} are taken back: ${link}` : `${total} in all: ${link}`,
    '',
    ...shown.map(
      ({ sha, title, author }) =>
        `- ${code(shortCommit(sha))} ${code(title, TITLE)} by ${code(author, NAME)}`,
    ),
    ...(total > shown.length ? [`- and ${total - shown.length} before them`] : []),
  ];
}

function pulls({ story, repositoryUrl }: RequestTold): string[] {
  const shown = story.pulls.slice(0, LIST_SHOWN);
  const more = story.pulls.length - shown.length;
  return [
    ...shown.map(
      ({ number, title, author }) =>
        `- [#${number}](${repositoryUrl}/pull/${number}) ${code(title, TITLE)} by ${code(author, NAME)}`,
    ),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function files(all: PlanStory['files']): string[] {
  let room = DIFF_SHOWN;
  const shown = all.slice(0, FILES_SHOWN).flatMap(({ path, change, diff }) => {
    const kept: string[] = [];
    for (const line of diff.map(blockLine)) {
      room -= line.length + 1;
      if (room < 0) break;
      kept.push(line);
    }
    const missing = diff.length - kept.length;
    return [
      `${code(path, TITLE)} ${change}`,
      '',
      ...(kept.length === 0 ? [] : [...block(kept, 'diff'), '']),
      ...(missing > 0 ? [`${missing} more lines are not shown here.`, ''] : []),
    ];
  });
  const more = all.length - FILES_SHOWN;
  return more > 0 ? [...shown, `and ${more} more files`] : shown;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `### ${title}`, '', ...lines];
}

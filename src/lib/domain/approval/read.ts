import type { ApprovalRequest } from '../approval.ts';
import { sha256 } from '../canonical.ts';
import { noteLine, readNote } from './note.ts';

/** An issue of GitHub's, as far as it is read here. */
export interface IssueText {
  number: number;
  url: string;
  body: string;
  author: string;
  open: boolean;
  /** When GitHub says that it was opened; epoch milliseconds. */
  at: number;
}

/** What the first line of a request says, for hd. */
export type RequestNote = Pick<
  ApprovalRequest,
  'environment' | 'verb' | 'what' | 'plan' | 'requester' | 'askedAt' | 'expiresAt'
>;

/** @param text what stands below it */
export function requestNote({ askedAt, expiresAt, ...rest }: RequestNote, text: string): string {
  const at = { asked: iso(askedAt), expires: iso(expiresAt) };
  const { environment, verb, what, plan, requester } = rest;
  return noteLine('approval', { v: 1, environment, verb, what, plan, requester, text: hashOf(text), ...at });
}

/**
 * Whether a request's text is the one that its first line speaks of. Who changes both is found out by the ledger, which
 * has the hash of the whole; this is what can be said without it.
 */
export function isWhole({ body }: Pick<ApprovalRequest, 'body'>): boolean {
  const [, ...text] = body.split('\n');
  return readNote('approval', body)?.['text'] === hashOf(text.join('\n'));
}

/** GitHub may keep a text with other line ends, and without what surrounds it. */
function hashOf(text: string): string {
  return sha256(text.replaceAll('\r', '').trim());
}

/**
 * An issue as the request that it is; undefined for any other. Anybody can write such a text: the ledger says whether
 * it was asked (`standingOf`). When it was asked is GitHub's word, as the times of comments are.
 */
export function readRequest(issue: IssueText): ApprovalRequest | undefined {
  const note = readNote('approval', issue.body);
  if (note?.['v'] !== 1) return undefined;
  const { environment, verb, what, plan, requester, expires } = note;
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  if (!isText(environment) || !isText(what) || !isText(plan) || !isText(requester)) return undefined;
  if ((verb !== 'deploy' && verb !== 'rollback') || !/^[0-9a-f]{64}$/.test(plan)) return undefined;
  if (Number.isNaN(expiresAt)) return undefined;
  const { number, url, body, author, open, at } = issue;
  return {
    ...{ number, url, environment, verb, what, plan, requester },
    ...{ askedAt: at, expiresAt, open, author, body },
  };
}

/** GitHub's own account, as whom a job writes with its GITHUB_TOKEN. */
const ROBOT = 'github-actions[bot]';

/** It was opened by the one whom it names, or by a job for them. */
export function isOwn({ author, requester }: Pick<ApprovalRequest, 'author' | 'requester'>): boolean {
  return author === ROBOT || author.toLowerCase() === requester.toLowerCase();
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Builders for what an approval is counted by. */
import type { ApprovalRequest } from '../../../../src/lib/domain/approval.ts';
import type { StandingFacts } from '../../../../src/lib/domain/approval/count.ts';
import type { CommentText } from '../../../../src/lib/domain/approval/judge.ts';
import { sha256 } from '../../../../src/lib/domain/canonical.ts';

export const PLAN = '7c1e09ab42d8f3b0c1d5e6a7980b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b';
/** 10:02 in New York. */
export const ASKED = Date.parse('2026-11-19T15:02:00Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const URL = 'https://github.com/acme/healthdelta/issues/431';

export function request(rest: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    ...{ number: 431, url: URL, environment: 'prod', verb: 'deploy', what: 'v1.4.0', plan: PLAN },
    ...{ requester: 'login-a', askedAt: ASKED, expiresAt: ASKED + DAY, open: true, author: 'login-a' },
    body: 'what people were shown',
    ...rest,
  };
}

/** `says('login-b', 12)`: login-b approves this plan 12 minutes after the asking. */
export function says(
  author: string,
  minutes: number,
  rest: Partial<CommentText> & { word?: string } = {},
): CommentText {
  const { word = 'hd approve 7c1e09ab42d8', ...other } = rest;
  return {
    ...{ url: `${URL}#${author}-${minutes}`, author, body: `${word}\nRehearsed on staging, fine by me.` },
    ...{ at: ASKED + minutes * MINUTE, edited: false },
    ...other,
  };
}

export const rejects = (author: string, minutes: number): CommentText =>
  says(author, minutes, { body: 'hd reject 7c1e09ab42d8\nSuite was red on arm64.' });

/** tech-lead: login-b and the team acme/leads (of which is login-e); qa-lead: login-c and login-b. Half an hour later. */
export function facts(comments: readonly CommentText[], rest: Partial<StandingFacts> = {}): StandingFacts {
  const asked = rest.request ?? request();
  return {
    plan: PLAN,
    quorum: { 'tech-lead': { count: 1, meaning: 'approval' }, 'qa-lead': { count: 1, meaning: 'review' } },
    roles: { 'tech-lead': ['login-b', 'acme/leads'], 'qa-lead': ['login-c', 'Login-B'] },
    members: new Map([['acme/leads', new Set(['login-e', 'login-a'])]]),
    request: asked,
    shown: sha256(asked.body),
    comments,
    now: ASKED + 30 * MINUTE,
    ...rest,
  };
}

import type { Standing } from '../../domain/approval.ts';
import { standingOf } from '../../domain/approval/count.ts';
import { isOwn } from '../../domain/approval/read.ts';
import { requestBody, requestTitle, type RequestTold } from '../../domain/approval/request-text.ts';
import { unfillable } from '../../domain/approval/roles.ts';
import { sha256 } from '../../domain/canonical.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import type { Actor } from '../../domain/actor.ts';
import { list } from '../../domain/names.ts';
import type { PlanStory } from '../../domain/plan-story.ts';
import type { Asking, Quorum, Roles } from '../../domain/policy.ts';
import { redactAll } from '../../domain/redaction.ts';
import { releaseName } from '../../domain/release.ts';
import { servesWhat, servingOf } from '../../domain/serving.ts';
import type { GitHub, GitHubIssue } from '../../ports.ts';
import type { Change } from '../change.ts';
import { fullLedger } from '../full-ledger.ts';
import { rulesOf } from '../gates/policy.ts';
import { recordEntries, type Note } from '../note-entry.ts';
import type { SeenHost } from '../observe.ts';
import type { World } from '../world.ts';
import { closeIssue, closeOthers } from './close.ts';
import { approvalGitHub, LABEL, labelOf, provenActor } from './github.ts';
import { recordedRequest } from './recorded.ts';
import { settle } from './settle.ts';
import { currentStanding } from './standing.ts';

export interface AskInput {
  change: Change;
  quorum: Quorum;
  seen: readonly SeenHost[];
  story: PlanStory;
  asking: Asking;
}

/**
 * Asks those who fill the roles of the quorum to agree to the plan: one issue for each plan. One that waits already, or
 * was approved, is found again; after a rejection, an expiry or a change of its text a new one is made. Other requests of
 * the environment are overtaken.
 * @throws HdError exit 4 without a login that GitHub proves, or where nobody but the requester could agree; exit 8 if
 * the ledger can't be written
 */
export async function askForApproval(world: World, input: AskInput): Promise<Standing> {
  const { change, quorum, seen } = input;
  const { environment, plan } = change;
  const github = await approvalGitHub(world);
  const { roles } = await rulesOf(world, environment);
  const of = { environment, quorum, roles, plan: plan.hash };
  const lines = await fullLedger(seen);
  const before = await currentStanding(world, { ...of, lines });
  if (before.state === 'waiting' || before.state === 'approved') return before;
  const actor = await provenActor(world, github, 'ask for approval');
  requirePeople(quorum, roles, actor.name);
  await settle(world, environment, seen, before);
  const told = toldOf(world, github, input, roles, actor.name);
  const issue = await github.createIssue({
    title: requestTitle(told),
    body: requestBody(told),
    labels: [LABEL, labelOf(environment.name)],
  });
  const own = await record(world, github, { ...input, issue, actor, before, expiresAt: told.expiresAt });
  const asked = await currentStanding(world, { ...of, lines: own });
  if (asked.request !== undefined) await closeOthers(world, github, asked.request);
  return asked;
}

/** @throws HdError exit 4 if a role can't be filled without the one who asks (T16: nobody approves an own request) */
function requirePeople(quorum: Quorum, roles: Roles, requester: string): void {
  const open = unfillable(quorum, roles, requester);
  if (open.length === 0) return;
  throw new HdError(
    'nobody-to-ask',
    Exit.notAllowed,
    `${list(open, 'and')} can't be filled without ${requester}, who asks, and nobody approves an own request`,
    { facts: [{ label: 'seen', text: 'roles of hd.yml on the release branch' }] },
  );
}

function toldOf(
  world: World,
  github: GitHub,
  { change, quorum, seen, story, asking }: AskInput,
  roles: Roles,
  requester: string,
): RequestTold {
  const { environment, verb, plan } = change;
  const { owner, name } = github.repository;
  const services = Object.keys(world.config.images);
  const away = (change.away ?? []).map((each) => each.name);
  const askedAt = world.clock.now();
  const facts = { plan: plan.hash, quorum, roles, requester, members: new Map(), comments: [], now: askedAt };
  return {
    ...{ environment: environment.name, verb, what: releaseName(plan.release), plan: plan.hash, requester },
    ...{ askedAt, expiresAt: askedAt + asking.expireMs },
    serves: servesWhat(
      seen.map((each) => servingOf(each.observed, services)),
      away,
    ),
    roles: standingOf(facts).roles,
    // What others wrote may hold what is known to be secret.
    stages: redactAll(world.redact, plan.stages),
    story: redactAll(world.redact, story),
    repositoryUrl: `${github.webUrl}/${owner}/${name}`,
  };
}

interface Recording extends AskInput {
  issue: GitHubIssue;
  actor: Actor;
  before: Standing;
  expiresAt: number;
}

/**
 * The ledger says what people were shown; without its word the request counts for nothing, and is closed again.
 * @returns the ledger's last lines
 */
async function record(world: World, github: GitHub, recording: Recording): Promise<readonly LedgerLine[]> {
  const { change, seen, issue, before } = recording;
  const { environment, plan } = change;
  const note = noteOf(recording);
  const meanwhile = (lines: readonly LedgerLine[]): number | undefined => {
    const other = recordedRequest(lines, plan.hash);
    const isNew = other?.end === undefined && other?.request.issue !== before.request?.number;
    return isNew ? other?.request.issue : undefined;
  };
  // Of two who ask the same at the same time the first one has asked.
  const notes = (lines: readonly LedgerLine[]): Note[] => (meanwhile(lines) === undefined ? [note] : []);
  try {
    requireOwn(issue, recording.actor.name);
    const lines = await recordEntries(world, environment, seen, notes, 'record a request for approval');
    const first = meanwhile(lines);
    if (first !== undefined && first !== issue.number)
      await closeIssue(world, github, { ...issue, plan: plan.hash }, `#${first} asks the same`);
    return lines;
  } catch (error) {
    const why = error instanceof HdError ? error.message : 'hd failed';
    await closeIssue(world, github, { ...issue, plan: plan.hash }, `the ledger does not know of it: ${why}`);
    throw error;
  }
}

/** @throws HdError exit 4 if GitHub says that somebody else than the one who asks has opened it */
function requireOwn({ author }: GitHubIssue, requester: string): void {
  if (isOwn({ author, requester })) return;
  const message = `GitHub says that ${author} asks, and not ${requester}`;
  throw new HdError('not-proven', Exit.notAllowed, message);
}

function noteOf({ change, issue, actor, expiresAt }: Recording): Note {
  const { verb, plan, leaves, worktree } = change;
  return {
    ...{ kind: 'requested', verb, actor, plan: plan.hash, release: plan.release, hosts: plan.hosts },
    ...(leaves === undefined ? {} : { leaves }),
    ...(worktree === undefined ? {} : { worktree }),
    request: {
      issue: issue.number,
      url: issue.url,
      // As GitHub gives it back: that is what people read.
      body: sha256(issue.body),
      expires: new Date(expiresAt).toISOString(),
    },
  };
}

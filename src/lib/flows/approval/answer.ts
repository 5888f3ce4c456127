import type { Standing, StandingState } from '../../domain/approval.ts';
import { Exit } from '../../domain/exit.ts';
import { releaseName } from '../../domain/release.ts';
import type { Fact, Next } from '../../domain/verdict.ts';
import type { Answer } from '../answer.ts';
import type { Change } from '../change.ts';
import { releaseJson } from '../tell-json.ts';
import type { World } from '../world.ts';
import { standingJson } from './json.ts';
import { onceApproved, roleFacts } from './rows.ts';

export interface WaitedFor {
  change: Pick<Change, 'environment' | 'plan' | 'verb'>;
  standing: Standing;
  /** `prod serves v1.3.2 on 3 of 3 hosts`. */
  serves: string;
  /** The command as it was typed, with `hd`. */
  typed: readonly string[];
}

/** What a plan that was not approved comes to (screens.md, 6): exit 10, and nothing was changed. */
export function waitingAnswer(world: World, waited: WaitedFor): Answer {
  const { change, standing, serves } = waited;
  const { environment, plan, verb } = change;
  const { state } = standing;
  return {
    exit: Exit.waiting,
    block: {
      facts: factsOf(world, waited),
      verdict: {
        mark: state === 'waiting' ? 'warn' : 'fail',
        outcome: state,
        headline: `${serves}; nothing was changed`,
        exit: Exit.waiting,
        rows: [{ label: 'next', commands: [nextOf(waited)] }],
      },
    },
    json: {
      outcome: state === 'waiting' ? 'waiting' : 'refused',
      environment: environment.name,
      verb,
      plan: plan.hash,
      release: releaseJson(plan.release),
      approvals: standingJson(standing),
    },
  };
}

function factsOf(world: World, { change, standing }: WaitedFor): Fact[] {
  const { environment } = change;
  const now = { now: world.clock.now(), zone: world.zone };
  const { request, state } = standing;
  const url = request?.url ?? '';
  const failed = FAILED[state];
  if (failed !== undefined)
    return [
      { label: 'failed', text: failed(environment.name) },
      { label: 'seen', text: url },
    ];
  const opens = state === 'waiting' ? [`opens with: hd approve ${environment.name} --comment WHY`, url] : [];
  const rows = roleFacts(standing, now, opens);
  // Whatever else was said does not matter any more.
  return state === 'rejected' ? rows.filter(({ mark }) => mark === 'fail') : rows;
}

const FAILED: Readonly<Partial<Record<StandingState, (environment: string) => string>>> = {
  overtaken: (environment) => `another plan of ${environment} was asked for later, and only one waits`,
  altered: () =>
    'the request does not say any more what people were asked; their word counts for that text alone',
  closed: () => 'the request was closed',
};

/** What asks again: `hd resume` goes on with what was asked, and never asks anew. */
function askingAgain({ change: { environment, plan, verb }, typed }: WaitedFor): readonly string[] {
  if (typed[1] !== 'resume') return typed;
  const { tag, commit } = plan.release;
  if (verb === 'rollback') return ['hd', verb, environment.name, '--to', tag ?? releaseName(plan.release)];
  return ['hd', verb, environment.name, ...(tag === undefined ? ['--commit', commit] : ['--tag', tag])];
}

function nextOf(waited: WaitedFor): Next {
  const { change, standing } = waited;
  const { state, rejected, roles } = standing;
  const { name } = change.environment;
  if (state === 'waiting') return { remark: onceApproved(roles), command: ['hd', 'resume', name] };
  if (state === 'rejected')
    return { remark: `once settled with ${rejected?.by ?? 'them'}`, command: askingAgain(waited) };
  return { remark: `ask again, for ${releaseName(change.plan.release)}`, command: askingAgain(waited) };
}

import type { Standing } from '../../domain/approval.ts';
import type { Environment } from '../../domain/environment.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { isUnknown, type Known, type Policy } from '../../domain/policy.ts';
import { shortCommit } from '../../domain/version.ts';
import type { DeployFacts } from '../../gates/deploy/gate.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import { approvalStanding } from '../approval/index.ts';
import type { Change } from '../change.ts';
import { fullLedger } from '../full-ledger.ts';
import { newestLedger } from '../history.ts';
import type { SeenHost } from '../observe.ts';
import type { World } from '../world.ts';
import { gatherFacts } from './facts.ts';
import { quorumFor } from './quorum.ts';
import { reviewStanding } from './reviews.ts';
import { rulesOf, rulesOfRollback, type Rules } from './policy.ts';
import { soon } from './soon.ts';

/** What the gates say of a change at one moment. */
export interface Judgement {
  rules: Rules & { policy: Policy };
  /** Those that judge this kind of change, in screen order. */
  verdicts: readonly GateVerdict[];
  /** Absent for a rollback, of which only approvals are asked (D9). */
  facts?: DeployFacts;
  standing?: Known<Standing>;
}

/** The rules that were read, and what the gates say by them; nothing of an environment that demands nothing. */
export interface Judged {
  rules: Rules;
  judgement: Judgement | undefined;
}

/** A change, and the hosts that it was planned for, as they were seen. */
export interface Planned {
  change: Change;
  seen: readonly SeenHost[];
  /** Begun to be read beside the look at the hosts; without it they are read when it is judged. */
  rules?: Promise<Rules>;
}

/**
 * @param asked it goes on with what people were asked for: a request that came to a bad end closes the gate. Else a
 *   new one can be made
 */
export async function judgeChange(
  world: World,
  { change, seen, rules }: Planned,
  asked: boolean,
): Promise<Judged> {
  const back = change.verb === 'rollback';
  const reading = rules ?? rulesOf(world, change.environment);
  const found = await (back ? rulesOfRollback(world, change.environment, reading) : reading);
  const { policy } = found;
  const before = found.from === undefined ? lastRules(seen) : undefined;
  if (!back && before !== undefined) throw rulesMissing(change.environment, before);
  if (back && before?.rules.rollback === true) return { rules: found, judgement: unasked(found) };
  if (policy === undefined) return { rules: found, judgement: undefined };
  return { rules: found, judgement: await judgeBy({ ...found, policy }, world, change, seen, asked) };
}

async function judgeBy(
  rules: Judgement['rules'],
  world: World,
  change: Change,
  seen: readonly SeenHost[],
  asked: boolean,
): Promise<Judgement> {
  const stands = await standingOf(world, change, seen, rules);
  const standing = asked || stands === undefined || isUnknown(stands) ? stands : afresh(stands);
  const known = standing === undefined ? {} : { standing };
  if (change.verb === 'rollback')
    return { rules, ...known, verdicts: await ofRollback(world, rules, standing) };
  const facts = await gatherFacts({ world, change, seen, rules, ...known });
  const { judgeDeploy } = await import('../../gates/deploy/index.ts');
  return { rules, facts, verdicts: judgeDeploy(facts), ...known };
}

interface RulesBefore {
  deployment: string | undefined;
  rules: NonNullable<LedgerEntry['rules']>;
}

/** The ledger remembers where the rules of the last deployment stood, out of reach of whoever asks now. */
function lastRules(seen: readonly SeenHost[]): RulesBefore | undefined {
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const last = lines.findLast(({ entry }) => entry.kind === 'started' && entry.verb === 'deploy')?.entry;
  return last?.rules === undefined ? undefined : { deployment: last.deployment, rules: last.rules };
}

/** Rules that stood on the release branch are not those of a file here all of a sudden. */
function rulesMissing({ name }: Environment, { deployment, rules }: RulesBefore): HdError {
  const where = `hd.yml on ${rules.branch} (${shortCommit(rules.commit)})`;
  return new HdError(
    'rules-missing',
    Exit.refused,
    `${deployment ?? 'the last deployment'} was judged by ${where}, which says nothing of ${name} now, or can't be read`,
    { next: [{ remark: 'what was done by them', command: ['hd', 'history', name] }] },
  );
}

/** A rollback that had to be approved, and GitHub does not say by whom: only an emergency goes on (D9). */
function unasked(found: Rules): Judgement {
  const policy = found.policy ?? NOTHING;
  const text = 'going back needs approval here, and GitHub does not say whose';
  return { rules: { ...found, policy }, verdicts: [{ gate: 'approvals', state: 'unknown', text }] };
}

const NOTHING: Policy = {
  ...{ without: [], requiredChecks: [], breakGlass: [] },
  asking: { remindMs: 3_600_000, expireMs: 86_400_000 },
};

/** Only approvals are asked of a rollback, if the policy wants any; the ledger says that the others were not (D9). */
async function ofRollback(
  world: World,
  { policy }: Judgement['rules'],
  standing: Judgement['standing'],
): Promise<readonly GateVerdict[]> {
  const [{ deployGates }, { approvals }] = await Promise.all([
    import('../../gates/deploy/index.ts'),
    import('../../gates/deploy/approvals.ts'),
  ]);
  const { zone, clock } = world;
  const asked =
    standing === undefined
      ? []
      : [
          {
            gate: approvals.name,
            ...approvals.judge({ policy, approvals: standing, zone, now: clock.now() }),
          },
        ];
  const others = deployGates(policy).filter((gate) => asked.every((each) => each.gate !== gate.name));
  return [
    ...asked,
    ...others.map((gate) => ({
      gate: gate.name,
      state: 'skipped' as const,
      text: 'not asked of a rollback',
    })),
  ];
}

/** A request that has ended well or badly does not stand in the way of the next one. */
function afresh(standing: Standing): Standing {
  if (['not-asked', 'waiting', 'approved'].includes(standing.state)) return standing;
  const roles = standing.roles.map((role) => ({ ...role, votes: [] }));
  return { state: 'not-asked', plan: standing.plan, roles, notCounted: [] };
}

async function standingOf(
  world: World,
  change: Change,
  seen: readonly SeenHost[],
  { policy }: Judgement['rules'],
): Promise<Known<Standing> | undefined> {
  const { verb, environment, plan, actor } = change;
  const quorum = quorumFor(verb, policy);
  if (quorum !== undefined) {
    const lines = await fullLedger(seen);
    const of = { environment, quorum, plan: plan.hash, lines, requester: actor.name };
    const asked = approvalStanding(world, of);
    if (verb === 'deploy') return asked;
    return soon(world, asked, (why) => ({ unknown: why }));
  }
  return verb === 'deploy' && policy.approvals?.by === 'github' ? reviewStanding(world, change) : undefined;
}

import type { BreakGlass } from '../../domain/approval.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import { isUnknown } from '../../domain/policy.ts';
import { releaseName } from '../../domain/release.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import type { Change } from '../change.ts';
import type { World } from '../world.ts';
import type { Judgement } from './judge.ts';
import { evidenceOf, stops } from './rows.ts';

/** An emergency: `--break-glass --incident REF --reason WHY`. */
export interface BreakGlassWish {
  incident: string;
  reason: string;
  /** `--skip`: these gates alone; without it all that are closed. */
  skip?: readonly string[];
  /** `--again`: also while the last one is not reviewed. */
  again?: boolean;
}

/** Of the issue in which an emergency is looked at afterwards. */
const REVIEW_LABEL = 'hd-review';

/**
 * Which gates are skipped: those that are closed or wait for people, as far as they are named and the policy lets them
 * be skipped.
 * @param allowed what the policy lets be skipped
 * @throws UsageError for a name that is no gate here; HdError exit 3 for one that may not be skipped
 */
export function skippedGates(
  verdicts: readonly GateVerdict[],
  allowed: readonly string[],
  { skip }: BreakGlassWish,
): readonly GateVerdict[] {
  const names = verdicts.map((each) => each.gate);
  const stranger = skip?.find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new UsageError(`${stranger} is no gate of this environment`, list(names, 'or'));
  const kept = skip?.find((name) => !allowed.includes(name));
  if (kept !== undefined) throw notSkipped([kept], []);
  const shut = verdicts.filter((each) => stops(each) || each.state === 'waiting');
  const wanted = shut.filter((each) => skip === undefined || skip.includes(each.gate));
  // What waits for people is not skipped unasked where the policy does not let it.
  const forbidden = wanted.filter(
    (each) => !allowed.includes(each.gate) && (stops(each) || skip !== undefined),
  );
  if (forbidden.length > 0)
    throw notSkipped(
      forbidden.map((each) => each.gate),
      forbidden,
    );
  return wanted.filter((each) => allowed.includes(each.gate));
}

function notSkipped(names: readonly string[], [first]: readonly GateVerdict[]): HdError {
  const message = `${list(names, 'and')} may not be skipped, not even in an emergency`;
  const facts: Fact[] =
    first === undefined ? [] : [{ label: 'seen', text: first.text, more: first.more ?? [] }];
  return new HdError('gate-not-skipped', Exit.refused, message, { facts });
}

/**
 * One emergency at a time: the last one is reviewed first.
 * @throws HdError exit 3 while its review is open, or when GitHub can't say that it is not
 */
export async function requireReviewed(
  world: World,
  environment: Environment,
  last: Omit<BreakGlass, 'by'> | undefined,
): Promise<void> {
  const open = await openReview(world, environment, last);
  if (open === undefined) return;
  throw new HdError('review-open', Exit.refused, `the last emergency of ${environment.name} ${open.why}`, {
    facts: [{ label: 'seen', text: open.where }],
    next: [{ remark: 'what was done', command: ['hd', 'history', environment.name] }],
    urgent: [{ remark: 'the same once more, with', command: ['--again'] }],
  });
}

async function openReview(
  world: World,
  environment: Environment,
  last: Omit<BreakGlass, 'by'> | undefined,
): Promise<{ why: string; where: string } | undefined> {
  const github = await world.github();
  try {
    const labels = [REVIEW_LABEL, `hd:${environment.name}`];
    const [issue] = (await github?.issues({ labels, state: 'open' })) ?? [];
    return issue === undefined ? undefined : { why: 'is not reviewed yet', where: issue.url };
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    if (last === undefined) return undefined;
    return { why: 'may not be reviewed yet', where: error.message };
  }
}

/**
 * Tells those who were passed over, and opens the issue in which the emergency is reviewed. That GitHub can't be told
 * stops nobody: it is said, and the ledger says it.
 * @returns what the ledger keeps
 */
export async function recordEmergency(
  world: World,
  change: Change,
  judgement: Judgement,
  skipped: readonly GateVerdict[],
  wish: BreakGlassWish,
): Promise<Omit<BreakGlass, 'by'>> {
  const { incident, reason } = wish;
  const entry = { incident, reason, gates: skipped.map((each) => each.gate) };
  try {
    const github = await world.github();
    if (github === undefined) return entry;
    const { environment, plan, actor, verb } = change;
    const what = `${verb} ${releaseName(plan.release)} to ${environment.name}`;
    const made = await github.createIssue({
      title: `Review: ${what} went through ${list(entry.gates, 'and')}`,
      labels: [REVIEW_LABEL, `hd:${environment.name}`],
      body: reviewText({
        what,
        actor: actor.name,
        wish,
        skipped,
        plan: plan.hash,
        told: passedOver(judgement, skipped),
      }),
    });
    return { ...entry, review: made.url };
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    const text = `no review was opened, and nobody was told: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
    return entry;
  }
}

/** Those whose approval was not waited for. */
function passedOver({ standing }: Judgement, skipped: readonly GateVerdict[]): string[] {
  if (!skipped.some((each) => each.gate === 'approvals')) return [];
  if (standing === undefined || isUnknown(standing)) return [];
  const asked = standing.roles.flatMap((role) => role.asked);
  return [...new Set(asked)].sort();
}

interface ReviewText {
  what: string;
  actor: string;
  wish: BreakGlassWish;
  skipped: readonly GateVerdict[];
  plan: string;
  told: readonly string[];
}

/** Text of a person is quoted, so that it is nothing but text. */
function reviewText({ what, actor, wish, skipped, plan, told }: ReviewText): string {
  const quoted = (text: string): string => `\`${text.replace(/[`\s]+/g, ' ').trim()}\``;
  return [
    `**${actor}** broke the glass: ${what}, plan \`${plan.slice(0, 12)}\`.`,
    '',
    `- incident: ${quoted(wish.incident)}`,
    `- reason: ${quoted(wish.reason)}`,
    ...evidenceOf(skipped).map((line) => `- skipped: ${quoted(line)}`),
    '',
    ...(told.length === 0
      ? []
      : [`Not asked, and told herewith: ${told.map((name) => `@${name}`).join(', ')}.`, '']),
    'Close this issue when it was looked at. Until then no other emergency of this environment begins without `--again`.',
    '',
  ].join('\n');
}

import { reconciliationOf, type GivesWay, type Reconciliation } from '../../domain/audit/reconcile.ts';
import { sha256 } from '../../domain/canonical.ts';
import { brokenText, flawText } from '../../domain/audit/aside.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Actor } from '../../domain/actor.ts';
import { foldHosts, list } from '../../domain/names.ts';
import type { Lease } from '../../engine/lease.ts';
import type { Host } from '../../ports.ts';
import type { Answer } from '../answer.ts';
import { announce } from '../deploy.ts';
import { takenOverEntries } from '../found.ts';
import { Ledger } from '../ledger.ts';
import { leaseOn, requireFree, type Doing } from '../locked.ts';
import { observeAll } from '../observe.ts';
import { recordTakeover } from '../takeover.ts';
import type { World } from '../world.ts';
import { copyOf } from './gather.ts';
import {
  againCommand,
  oneStoryAlready,
  plannedReconcile,
  reconciledAnswer,
  storiesFacts,
  type ReconcileWish,
} from './reconciled.ts';

export interface ReconcileRequest extends ReconcileWish {
  dryRun: boolean;
  confirm(environment: Environment, text: string): Promise<void>;
}

/**
 * `hd audit reconcile ENV --keep HOST --why WHY`: one story on every host again. The entry that says so, with the head
 * of every host, is written to the story that is kept; every other ledger is set aside, whole. Whoever is interrupted
 * runs it again: what is done already is not done twice.
 */
export async function reconcile(world: World, request: ReconcileRequest): Promise<Answer> {
  const { environment, keep, dryRun } = request;
  const names = environment.hosts.map((host) => host.name);
  if (!names.includes(keep))
    throw new UsageError(`${keep} is no host of ${environment.name}`, list(names, 'or'));
  const [{ hosts, plan }, sight, actor] = await Promise.all([
    look(world, request),
    observeAll(world, environment),
    announce(world, `reconcile the ledger of ${environment.name}`),
  ]);
  if (plan.givesWay.length === 0) return oneStoryAlready(world, request, plan, sight);
  const facts = storiesFacts(plan, names);
  if (dryRun) return plannedReconcile(world, request, facts, sight);
  const doing: Doing = { actor, purpose: `reconcile ${environment.name}` };
  const leave = { urgent: true };
  await requireFree(world, environment, sight.seen, doing, leave);
  world.reporter.event({ type: 'preview', facts });
  const aside = foldHosts(plan.givesWay.map((each) => each.host));
  await request.confirm(environment, `This sets aside the ledger of ${aside}.`);
  world.signal.throwIfAborted();
  const lease = await leaseOn(world, environment, hosts, doing, leave);
  try {
    const again = await look(world, request);
    if (headsText(again.plan) !== headsText(plan)) {
      await tellTakeover(world, request, actor, lease);
      throw changed(request);
    }
    await carryOut(world, request, again, actor, lease);
  } finally {
    await lease.release();
  }
  const after = await look(world, request);
  return reconciledAnswer(world, request, after.plan, plan.givesWay, await observeAll(world, environment));
}

interface Looked {
  hosts: readonly Host[];
  plan: Reconciliation;
}

/** The files themselves: a ledger that was edited can't be observed. */
async function look(world: World, { environment, keep, why }: ReconcileRequest): Promise<Looked> {
  const hosts = await Promise.all(environment.hosts.map(({ name }) => world.host(environment, name)));
  const copies = await Promise.all(
    hosts.map(async (host) => copyOf(host.name, await host.records('ledger'))),
  );
  const plan = reconciliationOf(copies, keep);
  if (!('why' in plan)) return { hosts, plan };
  if (plan.why === 'behind')
    throw new UsageError(
      `${plan.of} tells the story of ${keep} as well, and more of it`,
      `--keep ${plan.of}`,
      {
        next: [{ command: ['hd', 'audit', 'reconcile', environment.name, '--keep', plan.of, '--why', why] }],
      },
    );
  throw new HdError('ledger-broken', Exit.notVerified, `the ledger of ${keep} is not whole: ${plan.text}`, {
    facts: plan.more.map((text) => ({ label: 'seen', text })),
    next: [{ remark: 'see whose is', command: ['hd', 'audit', 'verify', environment.name] }],
  });
}

/** What the plan is bound to: other heads are other stories. */
function headsText({ keep, givesWay }: Reconciliation): string {
  return [keep.chain.lines.at(-1)?.hash, ...givesWay.map(({ host, head }) => `${host} ${head}`)].join('\n');
}

async function carryOut(
  world: World,
  request: ReconcileRequest,
  { hosts, plan }: Looked,
  actor: Actor,
  lease: Lease,
): Promise<void> {
  const fence = (host: string): number => lease.fence(host);
  const kept = plan.keep.host;
  if (plan.recorded) await tellTakeover(world, request, actor, lease);
  else await record(world, request, plan, actor, lease);
  const host = hosts.find((each) => each.name === kept);
  const texts = host === undefined ? [] : copyOf(kept, await host.records('ledger')).texts;
  const others = hosts.filter((each) => each.name !== kept);
  const failed = await Promise.all(
    others.map(async (other) => {
      try {
        const wrote = await tell(other, texts, plan.givesWay, fence(other.name));
        return wrote ? [] : [changed(request)];
      } catch (error) {
        if (error instanceof HdError) return [error];
        throw error;
      }
    }),
  );
  const [error] = failed.flat();
  if (error === undefined) return;
  throw new HdError(error.code, Exit.inconclusive, error.message, {
    outcome: 'not reconciled',
    headline: `the ledger of ${request.environment.name} still tells more than one story`,
    facts: error.facts,
    next: [{ remark: 'to its end', command: againCommand(request) }],
    cause: error,
  });
}

/** On the story that is kept alone, as all that is said before there is one. */
async function tellTakeover(
  world: World,
  { environment, keep }: ReconcileRequest,
  actor: Actor,
  lease: Lease,
): Promise<void> {
  if (lease.replaced.length === 0) return;
  const { seen } = await observeAll(world, environment, [keep]);
  await recordTakeover(world, { environment, actor, verb: 'reconcile' }, lease, seen);
}

/** Only on the story that is kept: the others are still what they were if hd ends here. */
async function record(
  world: World,
  { environment, keep, why }: ReconcileRequest,
  plan: Reconciliation,
  actor: Actor,
  { replaced, fence }: Lease,
): Promise<void> {
  const { seen, unseen } = await observeAll(world, environment, [keep]);
  const [away] = unseen;
  if (away !== undefined) throw away.error;
  const kept = { host: keep, head: plan.keep.chain.lines.at(-1)?.hash };
  const heads = [kept, ...plan.same, ...plan.givesWay].flatMap(({ host, head }): [string, string][] =>
    head === undefined ? [] : [[host, head]],
  );
  const broken = plan.givesWay.flatMap(({ host, chain: { flaw } }) =>
    flaw === undefined ? [] : [brokenText(host, flawText(flaw))],
  );
  const ledger = await Ledger.open(seen, { fence, redact: world.redact });
  const at = new Date(world.clock.now()).toISOString();
  const verb = 'reconcile' as const;
  const base = { at, hd: world.version, environment: environment.name, actor, verb };
  const unwritten = await ledger.append(...takenOverEntries(base, replaced), {
    ...base,
    kind: 'reconciled',
    hosts: environment.hosts.map((each) => each.name),
    reason: why,
    keep,
    heads: Object.fromEntries(heads),
    ...(broken.length === 0 ? {} : { evidence: broken }),
  });
  const [error] = unwritten.values();
  if (error !== undefined) throw error;
}

/** Brings a host to the story that is kept: another one is set aside, a part of it is completed. */
async function tell(
  host: Host,
  texts: readonly string[],
  givesWay: readonly GivesWay[],
  fence: number,
): Promise<boolean> {
  const other = givesWay.find((each) => each.host === host.name);
  if (other !== undefined) return host.adopt(texts, other.head, fence);
  const { texts: own } = copyOf(host.name, await host.records('ledger'));
  const missing = texts.slice(own.length);
  if (missing.length === 0) return true;
  const last = own.at(-1);
  return host.append(missing, last === undefined ? undefined : sha256(last), fence);
}

function changed(request: ReconcileRequest): HdError {
  return new HdError('hosts-changed', Exit.locked, 'somebody else wrote to the ledger meanwhile', {
    outcome: 'changed',
    headline: 'no ledger was set aside',
    next: [{ remark: 'look again', command: [...againCommand(request), '--dry-run'] }],
  });
}

import type { Outcome } from '../../domain/ledger.ts';
import type { Release } from '../../domain/release.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { Answer } from '../answer.ts';
import { confirmedReleases, lastConfirmed, newestLedger, sameRelease } from '../history.ts';
import { observeAll, type Sight } from '../observe.ts';
import { previousOf } from '../previous.ts';
import { prove, type Proof } from '../prove.ts';
import { tell } from '../tell.ts';
import type { Told } from '../told.ts';
import type { World } from '../world.ts';
import { notBegun } from './blocks/not-begun.ts';
import { notThere } from './blocks/not-there.ts';
import type { Ended } from './ended.ts';
import type { Errand } from './errand.ts';
import { recordedBy, type Recorded } from './record.ts';
import { recordRejection } from './rejection.ts';

/**
 * What a run came to, by what the hosts say now: they are looked at, and proved as `hd verify` does. That the run was
 * green is no proof, and that it failed does not say what it left behind.
 */
export async function endOf(world: World, errand: Errand, ended: Ended): Promise<Answer> {
  const { environment } = errand;
  const sight = await observeAll(world, environment);
  const recorded = recordedBy(errand, sight);
  const release = recorded?.started.release ?? errand.release;
  const green = ended.followed.run.conclusion === 'success';
  if (recorded === undefined && !green) await recordRejection(world, errand, ended, sight);
  const answer =
    recorded !== undefined && release !== undefined
      ? await recordedEnd(world, errand, ended, sight, { ...recorded, release })
      : green
        ? await unrecordedEnd(world, errand, ended, sight)
        : notBegun(errand, ended, sight, servicesOf(world));
  return withRun(answer, ended);
}

/** The ledger has a deployment for it: its end there is the run's, as far as the hosts bear it out. */
async function recordedEnd(
  world: World,
  errand: Errand,
  ended: Ended,
  sight: Sight,
  recorded: Recorded & { release: Release },
): Promise<Answer> {
  const { started, finished, release } = recorded;
  const claimed = finished?.outcome;
  const lines = newestLedger(sight.seen.map((each) => each.observed.ledger));
  const back = finished?.restored;
  const restored =
    back === undefined ? undefined : confirmedReleases(lines).find((each) => sameRelease(each.release, back));
  const serves =
    claimed === 'confirmed' ? release : claimed === 'rolled-back' ? restored?.release : undefined;
  const proof = serves === undefined ? undefined : await proveNow(world, errand, sight, serves, finished);
  const outcome = borneOut(claimed, proof, sight);
  if (outcome === undefined) return notThere(errand, sight, servicesOf(world), { release, proof });
  const told: Told = {
    verb: errand.verb,
    environment: errand.environment,
    deployment: started.deployment ?? '',
    plan: { release, hosts: started.hosts, hash: started.plan ?? errand.plan },
    actor: started.actor,
    outcome,
    before: errand.before,
    sight,
    durations: finished?.durationsMs ?? {},
    begun: new Set(finished?.begun ?? started.hosts),
    ...previousOf(
      { plan: { release }, ...(errand.leaves === undefined ? {} : { leaves: errand.leaves }) },
      errand.seen,
      errand.before,
    ),
    ...(proof === undefined ? {} : { proof }),
    ...(restored === undefined ? {} : { restored }),
    ...(errand.leaves === undefined ? {} : { leaves: errand.leaves }),
    ...(started.from === undefined ? {} : { from: started.from }),
    ...failureOf(outcome, finished?.reason, ended),
    ...downtimeOf(ended, started.deployment),
  };
  return tell(told);
}

/** A run that was green and left nothing in the ledger: only the hosts can say that all was so already. */
async function unrecordedEnd(world: World, errand: Errand, ended: Ended, sight: Sight): Promise<Answer> {
  const { release } = errand;
  const confirmed = lastConfirmed(newestLedger(sight.seen.map((each) => each.observed.ledger)));
  const proof = confirmed && (await proveNow(world, errand, sight, confirmed.release));
  const there = confirmed !== undefined && release !== undefined && sameRelease(confirmed.release, release);
  if (!there || proof?.whole !== true) return notThere(errand, sight, servicesOf(world), { proof });
  return tell({
    verb: errand.verb,
    environment: errand.environment,
    deployment: confirmed.deployment,
    plan: { release, hosts: [], hash: errand.plan },
    actor: { name: confirmed.by, proven: false, machine: '' },
    outcome: 'confirmed',
    before: errand.before,
    sight,
    proof,
    durations: {},
    begun: new Set(),
    ...previousOf({ plan: { release } }, errand.seen, errand.before),
  });
}

function proveNow(
  world: World,
  { environment }: Errand,
  sight: Sight,
  release: Release,
  finished?: Recorded['finished'],
): Promise<Proof> {
  const { downtimeMs, hosts = [] } = finished ?? {};
  const downtime = downtimeMs === undefined ? [] : hosts.map((host) => [host, downtimeMs] as const);
  return prove(world, environment, sight, release, { downtime: new Map(downtime), signal: world.signal });
}

/** The ledger's word, as far as what was seen agrees; undefined if a host is otherwise than it says. */
function borneOut(claimed: Outcome | undefined, proof: Proof | undefined, sight: Sight): Outcome | undefined {
  if (claimed === undefined) return 'inconclusive';
  if (proof === undefined || proof.whole) return claimed;
  const wrong = proof.findings.some((each) => each.state === 'failed');
  if (!wrong || sight.seen.length === 0) return 'inconclusive';
  return claimed === 'confirmed' ? undefined : 'failed';
}

function servicesOf({ config }: World): readonly string[] {
  return Object.keys(config.images);
}

function failureOf(
  outcome: Outcome,
  reason: string | undefined,
  { concluded, report }: Ended,
): Pick<Told, 'failure'> {
  if (outcome === 'confirmed') return {};
  const text = reason ?? report?.error?.message ?? (concluded.ok ? undefined : concluded.text);
  return text === undefined ? {} : { failure: { text, facts: [] } };
}

function downtimeOf({ report }: Ended, deployment: string | undefined): Pick<Told, 'downtime'> {
  if (report?.downtime === undefined || report.deployment !== deployment) return {};
  return { downtime: report.downtime };
}

/** The run itself: which one it was, how it ended, and where a person sees it. */
function withRun(answer: Answer, { followed, concluded }: Ended): Answer {
  const { id, number, url, conclusion } = followed.run;
  const { exit, block } = answer;
  const odd = exit === 0 && !concluded.ok;
  const fact: Fact = {
    label: 'run',
    text: concluded.text,
    more: [url],
    ...(odd ? { mark: 'warn' as const } : {}),
  };
  const at = block.facts.findIndex(({ label }) => AFTER_RUN.has(label));
  const facts = block.facts.toSpliced(at < 0 ? block.facts.length : at, 0, fact);
  return {
    ...answer,
    block: { ...block, facts },
    json: { ...answer.json, run: { id, number, url, conclusion } },
  };
}

/** Rule 5 of screens.md: the run stands where `seen` does, before these. */
const AFTER_RUN: ReadonlySet<string> = new Set([
  ...['why', 'affected', 'changed', 'proven', 'downtime', 'stays', 'time', 'lock', 'record'],
]);

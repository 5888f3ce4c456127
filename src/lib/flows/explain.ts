import { repositoryText, type Environment } from '../domain/environment.ts';
import { UsageError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { count } from '../domain/names.ts';
import { isUnknown } from '../domain/policy.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import type { Fact, Next, Verdict } from '../domain/verdict.ts';
import { shortCommit, tagOf } from '../domain/version.ts';
import type { GateVerdict } from '../gates/gate.ts';
import { greatest } from '../gates/release/index.ts';
import type { Answer } from './answer.ts';
import { changeFor, look } from './deploy.ts';
import { judgeChange, type Judgement } from './gates/judge.ts';
import { policyHere, type PolicyHere } from './gates/policy-here.ts';
import { gateJson, neverFacts, slotOf, slotText } from './gates/refused.ts';
import { factOf, openers, stops } from './gates/rows.ts';
import { releasedVersions } from './release/version.ts';
import { wantedName, type Wanted } from './target.ts';
import type { World } from './world.ts';

/** All gates of an environment, for a screen. */
export interface Explained extends Omit<Answer, 'preview'> {
  header: readonly string[];
  /** A row for each gate. */
  rows: readonly Fact[];
  /** Where the rules come from; absent for the file here. */
  rulesFrom?: RulesFrom;
}

/** `main (8c3f2e1)`, and what the file here says beside it. */
export interface RulesFrom {
  branch: string;
  commit: string;
  here: PolicyHere;
}

/**
 * `hd explain ENV [--tag v1.4.0]`: every gate, open or closed, and what opens it. Changes and records nothing.
 * @param wanted without one, the newest release
 */
export async function explain(
  world: World,
  environment: Environment,
  wanted: Wanted | undefined,
): Promise<Explained> {
  const asked = wanted ?? (await newestRelease(world));
  const [looked, actor] = await Promise.all([
    look(world, environment, { wanted: asked, dryRun: true }),
    world.actor(),
  ]);
  const change = await changeFor(world, environment, asked, looked, actor);
  const { rules, judgement } = await judgeChange(world, { change, ...looked }, false);
  const name = wantedName(asked);
  const header = [`explain ${environment.name} ${name}`, repositoryText(world.config), actor.name];
  const services = Object.keys(change.plan.release.images);
  const serves = servesText(
    environment.name,
    looked.seen.map((each) => servingOf(each.observed, services)),
  );
  const rulesFrom = rules.from && { ...rules.from, here: policyHere(world, environment, rules) };
  if (judgement === undefined)
    return { header, rows: [], ...free(environment, asked, { serves, rulesFrom }) };
  const { verdicts } = judgement;
  const slots = await slotOf(judgement);
  const slot = slots.at;
  const verdict = verdictOf(world, environment, asked, judgement, slot);
  return {
    header,
    rows: ordered(verdicts).map(factOf),
    ...(rulesFrom === undefined ? {} : { rulesFrom }),
    exit: Exit.done,
    block: { facts: neverFacts(slots), verdict },
    json: {
      environment: environment.name,
      wanted: name,
      open: !verdicts.some(stops),
      plan: change.plan.hash,
      gates: verdicts.map(gateJson),
      ...(slot === undefined ? {} : { nextSlot: new Date(slot).toISOString() }),
      ...(rulesFrom === undefined ? {} : { rulesFrom }),
    },
  };
}

/** Closed ones first, those that wait for people last. */
function ordered(verdicts: readonly GateVerdict[]): GateVerdict[] {
  const rank = (each: GateVerdict): number => (stops(each) ? 0 : each.state === 'waiting' ? 2 : 1);
  return verdicts.toSorted((a, b) => rank(a) - rank(b));
}

/** What a person most likely asks about who names no release. */
async function newestRelease(world: World): Promise<Wanted> {
  const github = await world.github();
  const newest = greatest(releasedVersions((await github?.tags()) ?? []));
  if (newest !== undefined) return { tag: tagOf(newest), worktree: false };
  throw new UsageError('there is no release yet to ask about', '--tag v1.4.0');
}

function deployWords(environment: Environment, wanted: Wanted): string[] {
  const which =
    'tag' in wanted ? ['--tag', wanted.tag] : 'commit' in wanted ? ['--commit', wanted.commit] : [];
  return ['hd', 'deploy', environment.name, ...which];
}

function verdictOf(
  world: World,
  environment: Environment,
  wanted: Wanted,
  judgement: Judgement,
  slot: number | undefined,
): Verdict {
  const { verdicts } = judgement;
  const closed = verdicts.filter(stops);
  const of = count(verdicts.length, 'gate');
  const deploy = deployWords(environment, wanted);
  const waiting = verdicts.some((each) => each.state === 'waiting');
  if (closed.length === 0) {
    const rest = waiting ? '; then people are asked' : '';
    return {
      ...{ mark: 'ok', outcome: 'open', exit: Exit.done },
      headline: `${verdicts.length - (waiting ? 1 : 0)} of ${of}${rest}`,
      rows: [{ label: 'next', commands: [{ command: deploy }] }],
    };
  }
  const commands: Next[] = [
    ...openers(verdicts).map((each) => ({ remark: 'now', ...each })),
    ...(slot === undefined
      ? []
      : [{ remark: `from ${slotText(slot, world.zone)}`, command: [...deploy, '--at', 'next-slot'] }]),
  ];
  return {
    ...{ mark: 'fail', outcome: 'closed', exit: Exit.done },
    headline: `${closed.length} of ${of}; ${rollbackText(environment, judgement)}`,
    rows: commands.length === 0 ? [] : [{ label: 'next', commands: commands.slice(0, 3) }],
  };
}

/** What stops a deployment does not stop the way back (D9). */
function rollbackText({ name }: Environment, { rules, standing }: Judgement): string {
  const away = standing !== undefined && isUnknown(standing) ? ', if GitHub answers' : '';
  const asks = rules.policy.rollbackApprovals === undefined ? 'is open' : `needs approval${away}`;
  return `rollback ${asks}: hd rollback ${name}`;
}

interface Free {
  serves: string;
  rulesFrom: RulesFrom | undefined;
}

/** Nothing is demanded: neither by anybody, nor yet by a policy that only the file here has. */
function free(
  environment: Environment,
  wanted: Wanted,
  { serves, rulesFrom }: Free,
): Omit<Answer, 'preview'> {
  const deploy = deployWords(environment, wanted);
  const unbound = rulesFrom?.here === 'other' ? rulesFrom : undefined;
  const policy: Fact =
    unbound === undefined
      ? { label: 'policy', text: `none: nothing is demanded of a deployment to ${environment.name}` }
      : { mark: 'warn', label: 'policy', text: unboundText(unbound) };
  const commands: Next[] =
    unbound === undefined
      ? [{ command: deploy }]
      : [
          {
            remark: `once it is committed on ${unbound.branch}`,
            command: ['git', 'push', 'origin', unbound.branch],
          },
          { remark: 'without it', command: deploy },
        ];
  return {
    exit: Exit.done,
    block: {
      facts: [policy],
      verdict: {
        mark: 'ok',
        outcome: 'open',
        headline: serves,
        exit: Exit.done,
        rows: [{ label: 'next', commands }],
      },
    },
    json: {
      environment: environment.name,
      wanted: wantedName(wanted),
      open: true,
      gates: [],
      ...(rulesFrom === undefined ? {} : { rulesFrom }),
    },
  };
}

function unboundText({ branch, commit }: RulesFrom): string {
  return `that of hd.yml here is not on ${branch} (${shortCommit(commit)}) yet: it does not bind`;
}

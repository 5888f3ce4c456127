import { storyAfter, type GivesWay, type Reconciliation } from '../../domain/audit/reconcile.ts';
import { entryName } from '../../domain/chain.ts';
import type { Environment } from '../../domain/environment.ts';
import { Exit } from '../../domain/exit.ts';
import { count, foldHosts } from '../../domain/names.ts';
import { servesText, servingOf } from '../../domain/serving.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { Answer } from '../answer.ts';
import type { Sight } from '../observe.ts';
import type { World } from '../world.ts';

/** What `hd audit reconcile` is asked for. */
export interface ReconcileWish {
  environment: Environment;
  /** The host whose story goes on. */
  keep: string;
  why: string;
}

/** Whoever is interrupted runs it again. */
export function againCommand({ environment, keep, why }: ReconcileWish): string[] {
  return ['hd', 'audit', 'reconcile', environment.name, '--keep', keep, '--why', why];
}

/** What the stories have in common, and what each host tells after it: 20 entries at most. */
export function storiesFacts({ keep, same, givesWay }: Reconciliation, names: readonly string[]): Fact[] {
  const common = Math.min(...givesWay.map((each) => each.common));
  const last = keep.chain.lines[common - 1];
  const order = (hosts: readonly string[]): string => foldHosts(names.filter((name) => hosts.includes(name)));
  const after = (own: number, head: string | undefined): string =>
    `${count(own - common, 'entry', 'entries')} after it, head ${head?.slice(0, 12) ?? ''}`;
  const kept = keep.chain.lines;
  return [
    {
      label: 'in common',
      text: last === undefined ? 'nothing' : `up to ${entryName(common, last.entry)}`,
    },
    {
      label: 'kept',
      text: `${order([keep.host, ...same.map((each) => each.host)])}: ${after(kept.length, kept.at(-1)?.hash)}`,
      more: storyAfter(keep.chain, common).slice(0, 20),
    },
    ...givesWay.map(({ host, chain, head }): Fact => ({
      label: 'set aside',
      text: `${host}: ${after(chain.lines.length, head)}`,
      more: storyAfter(chain, common).slice(0, 20),
    })),
  ];
}

function headline(world: World, environment: Environment, { seen, unseen }: Sight, rest: string): string {
  const services = Object.keys(world.config.images);
  const servings = seen.map((each) => servingOf(each.observed, services));
  return `${servesText(
    environment.name,
    servings,
    unseen.map((each) => each.name),
  )}; ${rest}`;
}

export function oneStoryAlready(
  world: World,
  { environment }: ReconcileWish,
  plan: Reconciliation,
  sight: Sight,
): Answer {
  const { name } = environment;
  return {
    exit: Exit.done,
    block: {
      facts: [],
      verdict: {
        mark: 'ok',
        outcome: 'no change',
        headline: headline(world, environment, sight, 'its ledger tells one story'),
        exit: Exit.done,
        rows: [{ label: 'see it', commands: [{ command: ['hd', 'audit', 'verify', name] }] }],
      },
    },
    json: { outcome: 'no-change', environment: name, head: plan.keep.chain.lines.at(-1)?.hash ?? null },
  };
}

export function plannedReconcile(
  world: World,
  request: ReconcileWish,
  facts: readonly Fact[],
  sight: Sight,
): Answer {
  const { environment, keep } = request;
  return {
    exit: Exit.done,
    block: {
      facts,
      verdict: {
        mark: 'ok',
        outcome: 'planned',
        headline: headline(world, environment, sight, 'nothing was changed'),
        exit: Exit.done,
        rows: [{ label: 'next', commands: [{ remark: 'do it', command: againCommand(request) }] }],
      },
    },
    json: { outcome: 'planned', environment: environment.name, keep },
  };
}

export function reconciledAnswer(
  world: World,
  { environment, keep }: ReconcileWish,
  plan: Reconciliation,
  gaveWay: readonly GivesWay[],
  sight: Sight,
): Answer {
  const { name, directory } = environment;
  const lines = plan.keep.chain.lines;
  const head = lines.at(-1)?.hash ?? '';
  const aside = gaveWay.map((each) => each.host);
  const of = count(environment.hosts.length, 'host');
  return {
    exit: Exit.done,
    block: {
      facts: [
        {
          label: 'changed',
          text: `${count(lines.length, 'entry', 'entries')} on ${environment.hosts.length} of ${of}, head ${head.slice(0, 12)}`,
        },
        {
          label: 'stays',
          text: `what ${foldHosts(aside)} told, whole, as ${asideFiles(directory, gaveWay)}`,
        },
      ],
      verdict: {
        mark: 'ok',
        outcome: 'reconciled',
        headline: headline(world, environment, sight, 'its ledger tells one story'),
        exit: Exit.done,
        rows: [
          { label: 'see it', commands: [{ command: ['hd', 'audit', 'verify', name] }] },
          { label: 'undo it', text: 'not possible: the ledger says what was done' },
        ],
      },
    },
    json: { outcome: 'reconciled', environment: name, keep, head, setAside: aside, entries: lines.length },
  };
}

/** Names that a shell completes: a head has 64 digits. */
function asideFiles(directory: string, gaveWay: Reconciliation['givesWay']): string {
  const heads = [...new Set(gaveWay.map(({ head }) => head.slice(0, 12)))];
  return heads.map((head) => `${directory}/.hd/ledger-${head}*.jsonl`).join(', ');
}

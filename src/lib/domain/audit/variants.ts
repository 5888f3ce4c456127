import { sha256 } from '../canonical.ts';
import { entryName, verifyChain, type Chain } from '../chain.ts';
import { relationOf } from '../copies.ts';
import { count, foldHosts } from '../names.ts';
import type { Fact } from '../verdict.ts';
import type { Evidence } from './evidence.ts';

/** Hosts whose ledgers are equal, line by line. */
export interface Variant {
  hosts: readonly string[];
  chain: Chain;
}

export interface Variants {
  /** The longest whole story, which most hosts tell; if none is whole, the longest. */
  main: Variant;
  others: readonly Variant[];
  /** Where whole stories part. */
  forks: readonly { variant: Variant; common: number }[];
}

/** Undefined if no copy was read. */
export function variantsOf({ copies, since }: Evidence): Variants | undefined {
  const groups = Map.groupBy(copies, ({ texts }) => sha256(texts.join('\n')));
  const all = [...groups.values()]
    .map((group) => ({
      hosts: group.map((each) => each.host),
      chain: verifyChain(group[0]?.texts ?? [], since),
    }))
    .sort((a, b) => rank(a.chain) - rank(b.chain) || size(b) - size(a) || b.hosts.length - a.hosts.length);
  const [main, ...others] = all;
  if (main === undefined) return undefined;
  const forks = others.flatMap((variant) => {
    const relation = relationOf(variant.chain, main.chain);
    return relation.kind === 'fork' ? [{ variant, common: relation.common }] : [];
  });
  return { main, others, forks };
}

const rank = (chain: Chain): number => (chain.flaw === undefined ? 0 : 1);
const size = ({ chain }: Variant): number => chain.lines.length;

/** Is every line of every copy what hd wrote, and do they follow each other? */
export function chainRows({ main, others }: Variants, { copies }: Evidence): Fact[] {
  const label = 'chain';
  const broken = [main, ...others].flatMap(({ hosts, chain }): Fact[] => {
    const { flaw } = chain;
    if (flaw === undefined) return [];
    const relation = relationOf(chain, main.chain);
    const known = main.chain.flaw === undefined && relation.kind === 'changed';
    const { text, more } = known ? relation.difference : flaw;
    const beside = known ? [`beside the copy of ${foldHosts(main.hosts)}`] : [];
    return [{ mark: 'fail', label, text: `${foldHosts(hosts)}: ${text}`, more: [...more, ...beside] }];
  });
  const torn = copies.filter((copy) => copy.torn !== undefined);
  const ends: Fact[] = torn.map((copy) => ({
    mark: 'warn',
    label,
    text: `${copy.host} ends with a line without its end`,
    more: ['it was never acknowledged; the next command that writes removes it'],
  }));
  const number = main.chain.after + main.chain.lines.length;
  const what =
    main.chain.after === 0
      ? `${count(number, 'entry', 'entries')}, each after the one before`
      : `entries ${main.chain.after + 1} to ${number}, each after the one before`;
  const whole: Fact[] = main.chain.flaw === undefined ? [{ mark: 'ok', label, text: what }] : [];
  return [...broken, ...whole, ...ends];
}

/** Do the copies agree? One that is behind is not wrong: the next command brings it up to date. */
export function copyRows({ main, others }: Variants, { copies, unread }: Evidence): Fact[] {
  const label = 'copies';
  const whole = main.chain.flaw === undefined;
  const rows = others.flatMap(({ hosts, chain }): Fact[] => {
    const relation = relationOf(chain, main.chain);
    const names = foldHosts(hosts);
    if (!whole || relation.kind === 'changed' || relation.kind === 'same') return [];
    if (relation.kind === 'behind') {
      const missing = count(relation.missing, 'entry', 'entries');
      const verb = hosts.length === 1 ? 'is' : 'are';
      return [{ mark: 'warn', label, text: `${names} ${verb} ${missing} behind ${foldHosts(main.hosts)}` }];
    }
    const { common } = relation;
    const last = main.chain.lines[common - 1];
    const after = last === undefined ? 'from the first entry on' : `after ${entryName(common, last.entry)}`;
    const told = (variant: Variant): string => {
      const own = variant.chain.lines.slice(common);
      const head = own.at(-1)?.hash.slice(0, 12) ?? '';
      return `${foldHosts(variant.hosts)}: ${count(own.length, 'entry', 'entries')} after it, head ${head}`;
    };
    const text = `${foldHosts(main.hosts)} and ${names} tell two stories ${after}`;
    return [{ mark: 'fail', label, text, more: [told(main), told({ hosts, chain })] }];
  });
  const of = copies.length + unread.length;
  const head = main.chain.lines.at(-1)?.hash.slice(0, 12) ?? '';
  const same = `the same on ${main.hosts.length} of ${count(of, 'host')}, head ${head}`;
  const mark = main.hosts.length < of || !whole ? 'warn' : 'ok';
  const missing: Fact[] = unread.map(({ host, why }) => ({
    mark: 'warn',
    label,
    text: `${host} was not read: ${why}`,
  }));
  return [...rows, ...missing, { mark, label, text: same }];
}

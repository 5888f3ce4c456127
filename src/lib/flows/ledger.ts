import { canonical, sha256 } from '../domain/canonical.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import { redactAll, type Redact } from '../domain/redaction.ts';
import type { SeenHost } from './observe.ts';

export type NewEntry = Omit<LedgerEntry, 'v' | 'prev' | 'clocks'>;

export interface LedgerOptions {
  /** Of the lease on that host: what was taken over writes no more (D3). */
  fence: (host: string) => number;
  /** What is written stays, and is copied: nothing secret is. */
  redact: Redact;
  /**
   * Going back does not wait until two stories are reconciled: each is gone on with, and the longer one is believed;
   * nor for a ledger that is broken, which is left as it is. Anything else refuses.
   */
  forked?: (error: HdError) => void;
  /** Signs the canonical text of a finished entry; undefined if it could not, which was said then. */
  sign?: (text: string) => Promise<string | undefined>;
}

/** An environment's ledger on all of its hosts: the same lines everywhere. */
export class Ledger {
  readonly #seen: readonly SeenHost[];
  readonly #options: LedgerOptions;
  /** Hosts whose ledger is broken: it is left as it is. */
  readonly broken: ReadonlyMap<string, HdError>;
  /** The hash of each host's last line; they differ only in a fork. */
  readonly #heads: Map<string, string | undefined>;
  #lines: readonly LedgerLine[];
  #count: number;
  /** As far as a host has said that it has it. */
  #acknowledged: { head?: string; count: number };

  private constructor(
    seen: readonly SeenHost[],
    options: LedgerOptions,
    heads: Map<string, string | undefined>,
    broken: ReadonlyMap<string, HdError>,
  ) {
    const longest = longestOf(seen);
    this.#seen = seen;
    this.#options = options;
    this.#heads = heads;
    this.broken = broken;
    this.#lines = longest?.observed.ledger.lines ?? [];
    this.#count = longest?.observed.ledger.count ?? 0;
    this.#acknowledged = this.#end();
  }

  /** Its last lines, what was appended included. */
  get lines(): readonly LedgerLine[] {
    return this.#lines;
  }

  /**
   * Of the longest story, the last line that a host has acknowledged: its hash, and how many lines there are up to it.
   * One that no host took is not said to anybody: the story may go on without it.
   */
  get head(): string | undefined {
    return this.#acknowledged.head;
  }

  get count(): number {
    return this.#acknowledged.count;
  }

  /**
   * Brings a host that was away up to the longest ledger.
   * @throws HdError exit 5 if two hosts tell different stories, unless `forked` takes it: it is never merged in silence
   */
  static async open(all: readonly SeenHost[], options: LedgerOptions): Promise<Ledger> {
    const broken = new Map(
      all.flatMap(({ host, observed }) => {
        const error = observed.ledger.broken;
        return error === undefined ? [] : [[host.name, error] as const];
      }),
    );
    for (const error of broken.values()) {
      if (options.forked === undefined) throw error;
      options.forked(error);
    }
    // Where no other is left, what is done is written below what is broken: nothing is done without a word.
    if (broken.size === all.length) broken.clear();
    const seen = all.filter((each) => !broken.has(each.host.name));
    const longest = longestOf(seen);
    const head = longest?.observed.ledger.head;
    const heads = new Map(seen.map((each) => [each.host.name, head]));
    const behind = seen.filter((each) => each.observed.ledger.head !== head);
    if (longest !== undefined && behind.length > 0) {
      const lines = await longest.host.ledger();
      await Promise.all(
        behind.map(async (each) => {
          try {
            await catchUp(each, lines, longest.host.name, options);
          } catch (error) {
            const fork = error instanceof HdError && error.code === 'ledger-fork';
            if (!fork || options.forked === undefined) throw error;
            options.forked(error);
            heads.set(each.host.name, each.observed.ledger.head);
          }
        }),
      );
    }
    return new Ledger(seen, options, heads, broken);
  }

  /**
   * Appends to every host that answers, all entries in one exchange.
   * @returns the errors of those that could not be written to, by host
   */
  async append(...entries: readonly NewEntry[]): Promise<ReadonlyMap<string, HdError>> {
    const before = this.#lines.at(-1)?.hash;
    const stamped = entries.map((entry) => this.#stamped(entry));
    const written = new Map<string | undefined, readonly Line[]>();
    const { sign } = this.#options;
    for (const prev of new Set([before, ...this.#heads.values()]))
      written.set(prev, sign === undefined ? chained(stamped, prev) : await signedChain(stamped, prev, sign));
    const main = written.get(before) ?? [];
    this.#lines = [...this.#lines, ...main];
    this.#count += main.length;
    const errors = new Map<string, HdError>();
    await Promise.all(
      this.#seen.map(async ({ host }) => {
        const prev = this.#heads.get(host.name);
        const lines = written.get(prev) ?? [];
        this.#heads.set(host.name, lines.at(-1)?.hash);
        const fence = this.#options.fence(host.name);
        try {
          const texts = lines.map((each) => each.text);
          if (!(await host.append(texts, prev, fence))) errors.set(host.name, moved(host.name));
        } catch (error) {
          if (!(error instanceof HdError)) throw error;
          errors.set(host.name, error);
        }
      }),
    );
    if (errors.size < this.#seen.length) this.#acknowledged = this.#end();
    return errors;
  }

  #end(): { head?: string; count: number } {
    const head = this.#lines.at(-1)?.hash;
    return { count: this.#count, ...(head === undefined ? {} : { head }) };
  }

  /** With the time by each host's own clock, as far as it was last seen to be off. */
  #stamped(entry: NewEntry): Omit<LedgerEntry, 'prev'> {
    const at = Date.parse(entry.at);
    const clocks = this.#seen.map(({ host, observed }): [string, string] => [
      host.name,
      new Date(at + observed.skewMs).toISOString(),
    ]);
    return { ...cleared(entry, this.#options.redact), v: 1, clocks: Object.fromEntries(clocks) };
  }
}

/** What hd reads back to decide by: words, versions and hashes of its own, which no secret may disfigure. */
const DECISIVE: ReadonlySet<string> = new Set<keyof NewEntry>([
  'at',
  'environment',
  'kind',
  'verb',
  'deployment',
  'plan',
  'release',
  'hosts',
  'outcome',
  'begun',
  'files',
  'leaves',
  'restored',
  'until',
  'heads',
  'keep',
  'journals',
  'request',
]);

function cleared(entry: NewEntry, redact: Redact): NewEntry {
  const fields = Object.entries(entry).map(([key, value]): [string, unknown] => [
    key,
    DECISIVE.has(key) ? value : redactAll(redact, value),
  ]);
  return Object.fromEntries(fields) as unknown as NewEntry;
}

interface Line extends LedgerLine {
  text: string;
}

function chained(entries: readonly Omit<LedgerEntry, 'prev'>[], first: string | undefined): Line[] {
  let prev = first;
  return entries.map((each) => {
    const entry: LedgerEntry = { ...each, ...(prev === undefined ? {} : { prev }) };
    const text = canonical(entry);
    prev = sha256(text);
    return { entry, text, hash: prev };
  });
}

/** Each finished entry with a signature over it; one that could not be signed is written all the same. */
async function signedChain(
  entries: readonly Omit<LedgerEntry, 'prev'>[],
  first: string | undefined,
  sign: NonNullable<LedgerOptions['sign']>,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const each of entries) {
    const prev = lines.at(-1)?.hash ?? first;
    const [line] = chained([each], prev);
    const signature = each.kind === 'finished' && line !== undefined ? await sign(line.text) : undefined;
    lines.push(...chained([{ ...each, ...(signature === undefined ? {} : { signature }) }], prev));
  }
  return lines;
}

function longestOf(seen: readonly SeenHost[]): SeenHost | undefined {
  return [...seen].sort((a, b) => b.observed.ledger.count - a.observed.ledger.count)[0];
}

async function catchUp(
  late: SeenHost,
  lines: readonly LedgerLine[],
  from: string,
  { fence }: LedgerOptions,
): Promise<void> {
  const { head } = late.observed.ledger;
  const { name } = late.host;
  const at = head === undefined ? 0 : lines.findIndex((line) => line.hash === head) + 1;
  if (head !== undefined && at === 0) throw forked(name, from, lines);
  const missing = lines.slice(at).map((line) => canonical(line.entry));
  if (!(await late.host.append(missing, head, fence(name)))) throw moved(name);
}

function forked(late: string, from: string, lines: readonly LedgerLine[]): HdError {
  const environment = lines.at(-1)?.entry.environment ?? 'ENV';
  const look = ['hd', 'audit', 'verify', environment];
  const mend = ['hd', 'audit', 'reconcile', environment, '--keep', from, '--why', 'WHY'];
  return new HdError('ledger-fork', Exit.notVerified, `the ledgers of ${late} and ${from} tell two stories`, {
    outcome: 'ledger fork',
    next: [
      { remark: 'look at both', command: look },
      { remark: 'once it is known whose is true, as', command: mend },
    ],
  });
}

function moved(host: string): HdError {
  return new HdError('ledger-moved', Exit.locked, `somebody else wrote to the ledger of ${host} meanwhile`);
}

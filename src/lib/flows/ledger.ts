import { canonical, sha256 } from '../domain/canonical.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import type { SeenHost } from './observe.ts';

type NewEntry = Omit<LedgerEntry, 'v' | 'prev'>;

/** An environment's ledger on all of its hosts: the same lines everywhere. */
export class Ledger {
  readonly #seen: readonly SeenHost[];
  #head: string | undefined;
  #lines: readonly LedgerLine[];

  private constructor(seen: readonly SeenHost[], lines: readonly LedgerLine[]) {
    this.#seen = seen;
    this.#lines = lines;
    this.#head = lines.at(-1)?.hash;
  }

  /** Its last lines, what was appended included. */
  get lines(): readonly LedgerLine[] {
    return this.#lines;
  }

  /**
   * Brings a host that was away up to the longest ledger.
   * @throws HdError exit 5 if two hosts tell different stories: a fork is shown, never merged in silence
   */
  static async open(seen: readonly SeenHost[]): Promise<Ledger> {
    const longest = [...seen].sort((a, b) => b.observed.ledger.count - a.observed.ledger.count)[0];
    const head = longest?.observed.ledger.head;
    const behind = seen.filter((each) => each.observed.ledger.head !== head);
    if (longest !== undefined && behind.length > 0) {
      const lines = await longest.host.ledger();
      await Promise.all(behind.map((each) => catchUp(each, lines, longest.host.name)));
    }
    return new Ledger(seen, longest?.observed.ledger.lines ?? []);
  }

  /**
   * Appends to every host that answers.
   * @returns the errors of those that could not be written to, by host
   */
  async append(entry: NewEntry): Promise<ReadonlyMap<string, HdError>> {
    const prev = this.#head;
    const full: LedgerEntry = { ...entry, v: 1, ...(prev === undefined ? {} : { prev }) };
    const line = canonical(full);
    this.#head = sha256(line);
    this.#lines = [...this.#lines, { entry: full, hash: this.#head }];
    const errors = new Map<string, HdError>();
    await Promise.all(
      this.#seen.map(async ({ host }) => {
        try {
          if (!(await host.append(line, prev))) errors.set(host.name, moved(host.name));
        } catch (error) {
          if (!(error instanceof HdError)) throw error;
          errors.set(host.name, error);
        }
      }),
    );
    return errors;
  }
}

async function catchUp(late: SeenHost, lines: readonly LedgerLine[], from: string): Promise<void> {
  const { head } = late.observed.ledger;
  const at = head === undefined ? 0 : lines.findIndex((line) => line.hash === head) + 1;
  if (head !== undefined && at === 0) {
    throw new HdError(
      'ledger-fork',
      Exit.notVerified,
      `the ledgers of ${late.host.name} and ${from} tell two stories`,
      {
        outcome: 'ledger fork',
        next: [{ remark: 'look at both', command: ['hd', 'status'] }],
      },
    );
  }
  for (const [index, line] of lines.slice(at).entries()) {
    const prev = index === 0 ? head : lines[at + index - 1]?.hash;
    if (!(await late.host.append(canonical(line.entry), prev))) throw moved(late.host.name);
  }
}

function moved(host: string): HdError {
  return new HdError('ledger-moved', Exit.locked, `somebody else wrote to the ledger of ${host} meanwhile`);
}

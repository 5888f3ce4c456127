import type { HdError } from '../domain/errors.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import type { Release } from '../domain/release.ts';
import type { Lease } from '../engine/lease.ts';
import type { Change } from './change.ts';
import { endingOf, entryOf, plannedStages, type EntryBase } from './entries.ts';
import { foundEntries } from './found.ts';
import { Ledger, type NewEntry } from './ledger.ts';
import type { SeenHost } from './observe.ts';
import { Publication } from './publish.ts';
import type { Told } from './told.ts';
import type { World } from './world.ts';

/** By host. */
type Serves = Readonly<Record<string, string>>;

/** What a deployment writes into the ledger: its first word before the first effect, its last after the last. */
export class Words {
  readonly #world: World;
  readonly #change: Change;
  readonly #ledger: Ledger;
  /** What every line of this deployment says. */
  readonly #entry: EntryBase;
  readonly #hosts: number;
  /** Another deployment, whose operator was found dead. */
  #dead: string | undefined;
  #publication: Publication | undefined;
  #published: Promise<void> | undefined;

  private constructor(world: World, change: Change, ledger: Ledger, deployment: string, hosts: number) {
    this.#world = world;
    this.#change = change;
    this.#ledger = ledger;
    this.#entry = entryOf(change, deployment, world.version);
    this.#hosts = hosts;
  }

  /**
   * @param from what each host serves
   * @throws HdError if it can't be written on every host; nothing was begun then, and where it was written that is said
   */
  static async open(
    world: World,
    change: Change,
    lease: Lease,
    seen: readonly SeenHost[],
    deployment: string,
    from: Serves,
  ): Promise<Words> {
    const forked = (error: HdError): void =>
      world.reporter.event({ type: 'note', mark: 'warn', text: error.message });
    const ledger = await Ledger.open(seen, {
      fence: (host) => lease.fence(host),
      redact: world.redact,
      ...(world.sign === undefined ? {} : { sign: world.sign }),
      ...(change.verb === 'rollback' ? { forked } : {}),
    });
    const words = new Words(world, change, ledger, deployment, seen.length);
    await words.#begin(lease, seen, from);
    words.#publish();
    return words;
  }

  /** The ledger's last lines, what was written here included. */
  get lines(): readonly LedgerLine[] {
    return this.#ledger.lines;
  }

  #publish(): void {
    const { environment } = this.#change;
    const [world, entry, ledger, dead] = [this.#world, this.#entry, this.#ledger, this.#dead];
    this.#publication = new Publication({ world, environment, entry, ledger, dead });
  }

  /** When the last word is on GitHub as well, or it is known that it is not; at most 10 s after `close`. */
  async published(): Promise<void> {
    await this.#published;
  }

  async #begin(lease: Lease, seen: readonly SeenHost[], from: Serves): Promise<void> {
    const at = this.#now();
    const unwritten = await this.#ledger.append(
      ...this.#found(lease, seen, at),
      { ...this.#entry, kind: 'planned', at, ...plannedStages(this.#change) },
      ...(this.#change.approvals ?? []).map((approval) => ({
        ...this.#entry,
        kind: 'approved' as const,
        at,
        approval,
      })),
      {
        ...this.#entry,
        kind: 'started',
        at,
        from: this.#change.resumes?.from ?? from,
        ...(this.#change.evidence === undefined ? {} : { evidence: this.#change.evidence }),
        ...(this.#change.breakGlass === undefined ? {} : { breakGlass: this.#change.breakGlass }),
        ...(this.#change.rules === undefined ? {} : { rules: this.#change.rules }),
      },
    );
    const [refused] = unwritten.values();
    if (refused === undefined) return;
    const begun = this.#change.resumes?.begun ?? [];
    const ending = { outcome: 'interrupted', reason: refused.message, begun } as const;
    await this.#ledger.append({ ...this.#entry, kind: 'finished', at: this.#now(), ...ending });
    throw refused;
  }

  #found(lease: Lease, seen: readonly SeenHost[], at: string): NewEntry[] {
    const { environment, actor, verb, resumes } = this.#change;
    const entries = foundEntries({
      base: { at, hd: this.#world.version, environment: environment.name, actor, verb },
      replaced: lease.replaced,
      lines: this.#ledger.lines,
      observed: seen.map((each) => each.observed),
      resumes: resumes !== undefined,
    });
    this.#dead = entries.find((each) => each.kind === 'interrupted' && resumes === undefined)?.deployment;
    for (const { kind, reason = '' } of entries)
      if (kind === 'taken-over')
        this.#world.reporter.event({ type: 'note', mark: 'warn', text: `lock taken over: ${reason}` });
    return entries;
  }

  /** A host that can't be written to may be the reason for going back: those that answer say it for all. */
  async goingBack(
    failed: Release,
    restored: Release,
    begun: ReadonlySet<string>,
    reason?: string,
  ): Promise<void> {
    const late = await this.#ledger.append({
      ...this.#entry,
      release: failed,
      kind: 'going-back',
      at: this.#now(),
      restored,
      begun: [...begun],
      ...(reason === undefined ? {} : { reason }),
    });
    const unwritten = late.size + this.#ledger.broken.size;
    if (unwritten < this.#hosts) this.#publication?.say('going-back');
  }

  /** @returns the errors of hosts that could not be written to, by host */
  async close(told: Told): Promise<ReadonlyMap<string, HdError>> {
    const ending = { ...endingOf(told, this.#change), ...this.#publication?.github };
    const unwritten = await this.#ledger.append({
      ...this.#entry,
      kind: 'finished',
      at: this.#now(),
      ...ending,
    });
    const late = new Map([...unwritten, ...this.#ledger.broken]);
    // Of an outcome that no host has written down nobody can read later.
    this.#published = this.#publication?.end(late.size < this.#hosts ? told.outcome : 'inconclusive');
    return late;
  }

  #now(): string {
    return new Date(this.#world.clock.now()).toISOString();
  }
}

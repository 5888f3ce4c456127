import type { Event, Silence } from '../domain/event.ts';
import { foldHosts } from '../domain/names.ts';
import type { Mark } from '../domain/verdict.ts';
import { limitSpan } from '../domain/limits.ts';
import { duration, span, time } from '../domain/values.ts';
import { hang, rowLines, trimEnd, type Row } from './layout.ts';
import { EMPTY, spell, type Line, type Style } from './style.ts';

type StageEvent = Extract<Event, { type: 'stage' }>;
type ItemEvent = Extract<Event, { type: 'item' }>;
type SilenceEvent = Extract<Event, { type: 'silence' }>;

interface Stage {
  name: string;
  text: string;
  mark: Mark;
  ms?: number;
  link?: string;
  open: boolean;
  /** What is waited for are people: it has no duration. */
  forPeople?: boolean;
  /** It was said that there is nothing to do here: the row stays. */
  kept?: boolean;
  since?: number;
  items: Map<string, Item>;
}

interface Item {
  event: ItemEvent;
  since: number;
}

export interface Frame {
  now: number;
  /** Counts the redraws: turns the symbol of running rows. */
  turn: number;
  /** Lines that may be drawn; the terminal's height less 2 (screens.md, rule 9). */
  height: number;
}

const WAITING: ReadonlySet<Mark> = new Set(['idle']);

/** What the live region shows: stages, the rows nested in them, and what serves now. Pure but for its state. */
export class Board {
  readonly #stages: Map<string, Stage>;
  /** By host. */
  readonly #silences = new Map<string, Silence>();
  #footer: readonly string[] = [];
  #stopping = false;

  constructor(stages: readonly { name: string; text: string }[]) {
    this.#stages = new Map(
      stages.map(({ name, text }) => [name, { name, text, mark: 'idle', open: false, items: new Map() }]),
    );
  }

  stage(event: StageEvent, now: number): void {
    const stage = this.#stageOf(event.name);
    stage.since ??= now;
    stage.mark = event.mark;
    stage.kept = event.mark === 'idle';
    stage.text = event.text;
    stage.open ||= event.open === true;
    stage.forPeople = event.forPeople === true;
    if (event.ms !== undefined) stage.ms = event.ms;
    if (event.link !== undefined) stage.link = event.link;
  }

  item(event: ItemEvent, now: number): void {
    const { items } = this.#stageOf(event.stage);
    items.set(event.name, { event, since: items.get(event.name)?.since ?? now });
  }

  silence({ host, silence }: SilenceEvent): void {
    if (silence === undefined) this.#silences.delete(host);
    else this.#silences.set(host, silence);
  }

  footer(text: string, more?: string): void {
    this.#footer = [text, ...(more === undefined ? [] : [more])];
  }

  stopping(): void {
    this.#stopping = true;
  }

  /** Whether the stage has ended, for better or worse. */
  ended(name: string): boolean {
    const { mark, kept } = this.#stages.get(name) ?? {};
    return kept === true || (mark !== undefined && mark !== 'busy' && mark !== 'idle');
  }

  /** The region as it is now, folded to its height. */
  lines(style: Style, frame: Frame): Line[] {
    const footer = this.#footerLines(style, frame.now);
    const room = frame.height - footer.length;
    const whole = this.#rows(style, frame, Infinity);
    if (whole.length <= room) return [...whole, ...footer];
    const others = this.#rows(style, frame, 0).length;
    const folded = this.#rows(style, frame, Math.max(1, room - others));
    // What is above scrolls away first: the running stage and what serves are at the bottom.
    return [...folded.slice(-Math.max(1, room)), ...footer].slice(-frame.height);
  }

  /** What stays: no row for what was not begun, items where something failed or the verb is about them. */
  final(style: Style, now: number): Line[] {
    const begun = [...this.#stages.values()].filter(
      (stage) => !WAITING.has(stage.mark) || stage.kept === true,
    );
    return begun
      .map(settled)
      .flatMap((stage) => [
        ...rowLines([rowOf(stage, now)], style),
        ...(opens(stage) || stage.open ? [...itemLines(stage, style, now), ...linkLines(stage, style)] : []),
      ]);
  }

  #stageOf(name: string): Stage {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const made: Stage = { name, text: '', mark: 'idle', open: false, items: new Map() };
    this.#stages.set(name, made);
    return made;
  }

  #footerLines(style: Style, now: number): Line[] {
    const silent = this.#silent();
    const texts = [
      ...(silent?.all === true ? [] : this.#footer),
      ...(silent === undefined ? [] : [tryingAgain(silent, now)]),
      ...(this.#stopping ? ['stopping at the next safe point', 'Ctrl-C again leaves now'] : []),
    ];
    const lines = texts.flatMap((text) => hang([{ text: '  ' }], text, style, 2));
    return lines.length === 0 ? [] : [EMPTY, ...lines];
  }

  #asHeard(stage: Stage, style: Style, now: number): Stage {
    if (this.#silences.size === 0) return stage;
    const items = [...stage.items].map(([name, item]): [string, Item] => [
      name,
      heard(item, this.#silences.get(name), style, now),
    ]);
    return { ...stage, items: new Map(items) };
  }

  /** Of the hosts at work, those that do not answer. */
  #silent(): Silent | undefined {
    const running = [...this.#stages.values()].filter((stage) => stage.mark === 'busy');
    const names = running.flatMap((stage) => [...stage.items.keys()]);
    const hosts = names.filter((name) => this.#silences.has(name));
    const [first] = hosts.flatMap((name) => this.#silences.get(name) ?? []);
    return first === undefined ? undefined : { hosts, all: hosts.length === names.length, silence: first };
  }

  /** @param room how many item lines an open stage may take */
  #rows(style: Style, frame: Frame, room: number): Line[] {
    const { now, turn } = frame;
    return [...this.#stages.values()]
      .map((each) => this.#asHeard(each, style, now))
      .flatMap((stage) => [
        ...rowLines([rowOf(stage, now)], style, { frame: turn }),
        ...(opens(stage)
          ? [
              ...fold(stage, itemLines(stage, style, now, turn), style, frame, room),
              ...linkLines(stage, style),
            ]
          : []),
      ]);
  }
}

interface Silent {
  hosts: readonly string[];
  /** Every host that is at work. */
  all: boolean;
  silence: Silence;
}

/** Whom hd tries to reach, and for how long yet (screens.md, 11). */
function tryingAgain({ hosts, all, silence }: Silent, now: number): string {
  const who = all
    ? 'no host answers'
    : `${foldHosts(hosts)} ${hosts.length === 1 ? 'does' : 'do'} not answer`;
  const left = span(Math.max(0, silence.until - now));
  return `${who}; trying again for ${left} more (--reconnect ${limitSpan(silence.limitMs)})`;
}

/** A running row of a host that does not answer is no running row. */
function heard({ event, since }: Item, silence: Silence | undefined, style: Style, now: number): Item {
  if (silence === undefined || event.mark !== 'busy') return { event, since };
  const was = event.stage === 'switch' ? 'was switching; ' : '';
  const text = `${was}no answer since ${time(silence.since, style.zone, now)}`;
  return { event: { ...event, mark: 'warn', text }, since };
}

/** Nothing turns any more: what was running when the end came is not proven. */
function settled(stage: Stage): Stage {
  const still = (mark: Mark): Mark => (mark === 'busy' ? 'warn' : mark);
  const items = [...stage.items].map(([name, { event, since }]): [string, Item] => [
    name,
    { event: { ...event, mark: still(event.mark) }, since },
  ]);
  return { ...stage, mark: still(stage.mark), items: new Map(items) };
}

/** A finished stage is one row; the running one is open, and so is one that failed. */
function opens(stage: Stage): boolean {
  return stage.mark === 'busy' || stage.mark === 'fail' || stage.mark === 'warn';
}

function rowOf({ mark, name, text, ms, since, forPeople }: Stage, now: number): Row {
  const timed = mark === 'busy' && forPeople !== true;
  const running = timed && since !== undefined ? now - since : undefined;
  const took = ms ?? running;
  return { mark, name, text, ...(took === undefined ? {} : { took: duration(took) }) };
}

function itemLines(stage: Stage, style: Style, now: number, frame?: number): Line[] {
  return rowLines(rowsOf(stage, [...stage.items.values()], now), style, {
    nested: true,
    ...(frame === undefined ? {} : { frame }),
  }).map(trimEnd);
}

function rowsOf(stage: Stage, items: readonly Item[], now: number): Row[] {
  return items.map(({ event, since }) => {
    const { mark, name, serves, text, foreign, ms } = event;
    const timed = mark === 'busy' && stage.mark === 'busy' && stage.forPeople !== true;
    const running = timed ? now - since : undefined;
    const took = ms ?? running;
    return {
      mark,
      name,
      text,
      ...(serves === undefined ? {} : { serves }),
      ...(foreign === undefined ? {} : { foreign }),
      ...(took === undefined ? {} : { took: duration(took) }),
    };
  });
}

function linkLines(stage: Stage, style: Style): Line[] {
  return stage.link === undefined ? [] : [[{ text: `      ${spell(stage.link, style)}` }]];
}

/** Keeps what failed and what runs, and counts the rest (screens.md, 23). */
function fold(stage: Stage, whole: Line[], style: Style, { now, turn }: Frame, room: number): Line[] {
  if (whole.length <= room) return whole;
  const items = [...stage.items.values()];
  const failed = items.filter(({ event }) => event.mark === 'fail' || event.mark === 'warn');
  const busy = items.filter(({ event }) => event.mark === 'busy');
  const kept = [...failed, ...busy].slice(0, Math.max(0, room - 1));
  const done = items.filter(({ event }) => event.mark === 'ok').length;
  const rest = items.length - kept.length - done;
  const lines = rowLines(rowsOf(stage, kept, now), style, { nested: true, frame: turn }).map(trimEnd);
  if (room < 1) return [];
  return [...lines, [{ text: `      ${done} done, ${rest} more to come` }]];
}

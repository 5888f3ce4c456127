import { sha256 } from './canonical.ts';
import type { JournalHead } from './ledger.ts';

/** A step as a host wrote it down before it was begun. */
export interface JournalStep {
  /** Of its intent in the journal, from 1; its outcome names it. */
  line: number;
  /** RFC 3339, UTC, by the host's clock. */
  at: string;
  fence: number;
  stage: string;
  cause: string;
  /** The argv that was run; `ship DIRECTORY`; `point LINK TARGET`. */
  what: readonly string[];
  /** Where a detached step's output is, below `.hd/steps`. */
  id?: string;
  /** How it ended; absent while it runs, and for ever if the host was switched off in the middle of it. */
  outcome?: { at: string; ms: number; rc: number };
}

export interface Journal {
  /** In the order in which they were begun. */
  steps: readonly JournalStep[];
  /** Numbers of lines, from 1, that are neither the intent of a step nor the outcome of one before them. */
  strange: readonly number[];
}

/** The last line may be torn: what has no newline was never acknowledged, and does not count. */
function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** Reads a host's journal of a deployment; a line that says nothing is named, and hides no other. */
export function parseJournal(text: string): Journal {
  const steps = new Map<number, JournalStep>();
  const strange: number[] = [];
  wholeLines(text).forEach((each, index) => {
    const line = index + 1;
    const value = objectOf(each);
    const step = value === undefined ? undefined : stepOf(value, line);
    if (step !== undefined) steps.set(line, step);
    else if (value === undefined || !settle(steps, value)) strange.push(line);
  });
  return { steps: [...steps.values()], strange };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function stepOf(value: Readonly<Record<string, unknown>>, line: number): JournalStep | undefined {
  const { at, fence, intent, what, step } = value;
  if (typeof at !== 'string' || typeof fence !== 'number' || !isObject(intent)) return undefined;
  const { stage, cause } = intent;
  if (typeof stage !== 'string' || typeof cause !== 'string' || !isWords(what)) return undefined;
  return { line, at, fence, stage, cause, what, ...(typeof step === 'string' ? { id: step } : {}) };
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** @returns false if it is no outcome, or of no step that waits for one */
function settle(steps: Map<number, JournalStep>, value: Readonly<Record<string, unknown>>): boolean {
  const { at, ms, of, rc } = value;
  if (typeof at !== 'string' || typeof ms !== 'number' || typeof of !== 'number' || typeof rc !== 'number')
    return false;
  const step = steps.get(of);
  if (step === undefined || step.outcome !== undefined) return false;
  steps.set(of, { ...step, outcome: { at, ms, rc } });
  return true;
}

/** Steps that were begun, and of which nobody wrote down how they ended. */
export function openSteps(journal: Journal): readonly JournalStep[] {
  return journal.steps.filter((step) => step.outcome === undefined);
}

export interface StoppedAt {
  stage: string;
  /** `docker compose`, `ship releases/d48`. */
  step: string;
  cause: string;
  /** RFC 3339, UTC, by the host's clock: when that step was begun. */
  at: string;
  /** False if the step may still run, or was cut off by the host's own end. */
  ended: boolean;
}

/**
 * How far the last operator of a deployment that has no last word came on a host: the newest step without an end, else
 * the last one that was begun. Undefined if nothing was begun there.
 */
export function stoppedAt(journal: Journal): StoppedAt | undefined {
  const last = journal.steps.at(-1);
  if (last === undefined) return undefined;
  const step = openSteps(journal).findLast(({ fence }) => fence === last.fence) ?? last;
  const { stage, cause, at, what, outcome } = step;
  const words = what[0] === 'ship' || what[0] === 'point' ? what : what.slice(0, 2);
  return { stage, step: words.join(' '), cause, at, ended: outcome !== undefined };
}

/**
 * Whether a journal begins with what the ledger's `finished` says of it. Lines after these are no fault: a step that was
 * left to itself writes its outcome when it ends.
 */
export function verifies(head: JournalHead, text: string): boolean {
  const first = headOf(text, head.lines);
  return first.lines === head.lines && first.sha256 === head.sha256;
}

/** What a journal comes to: its whole lines, or the first of them. */
export function headOf(text: string, lines = wholeLines(text).length): JournalHead {
  const first = wholeLines(text).slice(0, lines);
  return { lines: first.length, sha256: sha256(first.map((each) => `${each}\n`).join('')) };
}

import { Exit, type ExitCode } from './exit.ts';
import type { Fact, Next } from './verdict.ts';

export interface HdErrorDetails {
  /** Facts to show besides the message, in screen order. */
  facts?: readonly Fact[];
  /** What to do now, safest first, three at the most. */
  next?: readonly Next[];
  /** What skips a check, or stops somebody: never among `next`. */
  urgent?: readonly Next[];
  /** One or two words for the verdict's outcome; the default follows from the exit code. */
  outcome?: string;
  /** What serves now, or what was not touched; the default says only what the exit code promises. */
  headline?: string;
  cause?: unknown;
}

/**
 * A failure that hd foresaw: it has an exit code, one sentence that names the thing, and a next command.
 * Anything else that is thrown is a bug (exit 1).
 */
export class HdError extends Error {
  override readonly name: string = 'HdError';
  /** Stable and machine-readable, in kebab case: `host-key-changed`. */
  readonly code: string;
  readonly exit: ExitCode;
  readonly facts: readonly Fact[];
  readonly next: readonly Next[];
  readonly urgent: readonly Next[];
  readonly outcome: string | undefined;
  readonly headline: string | undefined;

  constructor(code: string, exit: ExitCode, message: string, details: HdErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.exit = exit;
    this.facts = details.facts ?? [];
    this.next = details.next ?? [];
    this.urgent = details.urgent ?? [];
    this.outcome = details.outcome;
    this.headline = details.headline;
  }
}

/** The same failure, with what serves now in its headline. */
export function withHeadline(error: HdError, headline: string): HdError {
  const { code, exit, message, facts, next, urgent, outcome, cause } = error;
  return new HdError(code, exit, message, {
    facts,
    next,
    urgent,
    headline,
    cause,
    ...(outcome === undefined ? {} : { outcome }),
  });
}

export class UsageError extends HdError {
  override readonly name = 'UsageError';
  /** @param write what to type instead, if it is known */
  constructor(message: string, write?: string, details: HdErrorDetails = {}) {
    super('usage', Exit.usage, message, {
      ...details,
      facts: [...(write === undefined ? [] : [{ label: 'write', text: write }]), ...(details.facts ?? [])],
    });
  }
}

/**
 * Reads two parts of a command line, so that somebody who got both wrong is told so at once.
 * @throws UsageError of either, or of both
 */
export function together<A, B>(first: () => A, second: () => B): [A, B] {
  const [a, b] = [attempt(first), attempt(second)];
  if ('value' in a && 'value' in b) return [a.value, b.value];
  const [error, other] = [a, b].flatMap((each) => ('error' in each ? [each.error] : []));
  if (error === undefined || other === undefined) throw error ?? new TypeError('neither failed');
  const facts = [...error.facts, { label: 'failed', text: other.message }, ...other.facts];
  throw new UsageError(error.message, undefined, { facts });
}

function attempt<T>(read: () => T): { value: T } | { error: UsageError } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof UsageError) return { error };
    throw error;
  }
}

/** Something outside can't be reached: GitHub, a registry, a host (exit 11 before the first effect). */
export class UnreachableError extends HdError {
  override readonly name = 'UnreachableError';
  constructor(what: string, message: string, details: HdErrorDetails = {}) {
    super(`${what}-unreachable`, Exit.unreachable, message, details);
  }
}

/** A host's session ended, or its time ran out, before the answer came: the command may or may not have run. */
export class LostError extends HdError {
  override readonly name = 'LostError';
  readonly host: string;
  /** Since when the host was tried in vain, in epoch milliseconds. */
  readonly since: number | undefined;
  constructor(host: string, message: string, details: HdErrorDetails & { since?: number } = {}) {
    super('host-lost', Exit.inconclusive, message, details);
    this.host = host;
    this.since = details.since;
  }
}

/** The user, or a signal, asked to stop. */
export class InterruptedError extends HdError {
  override readonly name = 'InterruptedError';
  constructor(message = 'interrupted', details: HdErrorDetails = {}) {
    super('interrupted', Exit.interrupted, message, details);
  }
}

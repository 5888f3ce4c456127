/** Every interface to the outside. Adapters implement them; flows know nothing else of the world. */
import type { Signed } from './domain/audit/evidence.ts';
import type { Event } from './domain/event.ts';
import type { Actor } from './domain/actor.ts';
import type { Digest } from './domain/release.ts';
import type { Secret } from './domain/secret.ts';
import type { Shell } from './ports/shell.ts';

export type * from './ports/calendar.ts';
export type * from './ports/github.ts';
export type * from './ports/github-dispatch.ts';
export type * from './ports/github-issues.ts';
export type * from './ports/host.ts';
export type * from './ports/shell.ts';
export type * from './ports/sources.ts';
export type * from './ports/workflow-run.ts';

/** The operator's machine's time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves early, without an error, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface HttpRequest {
  url: string;
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Readonly<Record<string, string | Secret>>;
  timeoutMs: number;
}

export type HttpAnswer =
  | { kind: 'answer'; status: number; body: string; ms: number }
  /** Nothing came back: why is the system's code or `timeout`. */
  | { kind: 'none'; why: string; ms: number };

export interface Http {
  /** @param via the machine to ask from; absent, the operator's */
  request(request: HttpRequest, via?: Shell): Promise<HttpAnswer>;
}

export interface ResolvedImage {
  /** Of the index if there is one, else of the manifest: what a release pins. */
  digest: Digest;
  platforms: readonly ImagePlatform[];
}

export interface ImagePlatform {
  /** `linux/amd64`, `linux/arm64/v8`. */
  platform: string;
  digest: Digest;
  labels: Readonly<Record<string, string>>;
  /** Compressed. */
  layers: readonly { digest: Digest; bytes: number }[];
}

export interface Registry {
  /** @param reference a tag or a digest. Undefined if the registry has no such manifest. */
  resolve(repository: string, reference: string): Promise<ResolvedImage | undefined>;
}

/** Asks a person. Every question says what it is about to change; without a terminal a flow never calls it. */
export interface Prompt {
  readonly interactive: boolean;
  /** An empty line is no. */
  confirm(question: string): Promise<boolean>;
  /** What was typed. */
  text(question: string): Promise<string>;
  /** The index of what was chosen. */
  choose(rows: readonly { text: string; disabled: boolean }[], head: string): Promise<number>;
}

export interface Reporter {
  event(event: Event): void;
}

/** Who is at the keyboard. */
export interface Identity {
  actor(): Promise<Actor>;
}

/** Signs what is written into the ledger. */
export interface Signer {
  /** An armoured SSH signature over the text. @throws UsageError if the key can't sign */
  sign(text: string): Promise<string>;
}

/** Tells whose a signature is. */
export interface Signatures {
  /** @param at when it was made, RFC 3339: a key is judged by what was allowed then */
  check(text: string, signature: string, at: string): Promise<Signed>;
}

import type { Environment, Retry } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ObservedHost } from '../domain/observed.ts';
import type { Release } from '../domain/release.ts';
import type { HttpAnswer } from '../ports.ts';

/** What is to be proven, and what was seen of it. */
export interface Subject {
  environment: Environment;
  release: Release;
  observed: ObservedHost;
  /** What the host's `current` says, if hd deployed it. */
  manifest?: Manifest;
  /** Measured during the last switch on this host, in milliseconds. */
  downtimeMs?: number;
}

/** What a check makes of what it saw; the runner adds host, time and tries. */
export interface Judgement {
  state: Finding['state'];
  /** One line for a person. */
  text: string;
  /** What came back, if it was not what was wanted. */
  got?: readonly string[];
}

/** A check is data and a pure judgement; a runner asks the world what it wants to know. */
export type Check =
  | { kind: 'observed'; name: string; asked: string; judge(): Judgement }
  | {
      kind: 'http';
      name: string;
      path: string;
      tokenEnv?: string;
      retry: Retry;
      judge(answer: HttpAnswer): Judgement;
    }
  | {
      kind: 'logs';
      name: string;
      sinceMs: number;
      /** How far the host's clock, which the lines are dated by, is ahead of the operator's. */
      skewMs: number;
      containers: readonly { service: string; id: string }[];
      judge(lines: readonly string[]): Judgement;
    }
  | {
      kind: 'command';
      name: string;
      argv: readonly string[];
      timeoutMs: number;
      judge(result: { status: number; output: string }): Judgement;
    };

/** The containers of the services that the release replaces. */
export function replaced(subject: Subject): ObservedHost['containers'] {
  return subject.observed.containers.filter((each) => subject.release.images[each.service] !== undefined);
}

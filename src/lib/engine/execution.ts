import type { ObservedHost } from '../domain/observed.ts';
import type { Stage, StageName } from '../domain/plan.ts';
import type { Clock, Host, Reporter } from '../ports.ts';
import type { StageTime } from './stage-time.ts';

/** All that the stages of a plan need to be executed. */
export interface Execution {
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
  /** By name. */
  hosts: ReadonlyMap<string, Host>;
  /** As they were when the plan was made. */
  observed: ReadonlyMap<string, ObservedHost>;
  fence(host: string): number;
  /** Replaces `{deployment}` in a plan's steps. */
  deployment: string;
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Compressed sizes of the layers that may be pulled, by their short names. */
  layers: ReadonlyMap<string, number>;
  serves(host: string): string;
  /** A host's containers are being replaced, until what is given back is called; what it serves is not known then. */
  replacing(host: string): () => void;
  /** A host has settled on what the plan puts there. */
  switched(host: string): void;
  /** How long a stage took that ended well, in milliseconds. */
  took?: (stage: StageName, ms: number) => void;
  /** Going back is one stage to a person: everything is told as a part of it. */
  within?: string;
  /** Hosts whose switch was begun; filled while executing. */
  begun: Set<string>;
  /** For each stage on each host (`--timeout`), in milliseconds; without it the limits are those of the plan. */
  stageMs?: number | undefined;
}

/** What a step is a part of. */
export interface Part {
  stage: Stage;
  time: StageTime;
  execution: Execution;
  say: (text: string) => void;
}

import type { ShippedFile } from './manifest.ts';
import type { Release } from './release.ts';

/**
 * What a step does: data, so that a plan can be printed, tested against a text, and hashed. Drivers compose
 * these kinds and never add one. `{deployment}` stands for the deployment's id, which a plan does not know (D2).
 */
export type Action =
  /** Runs detached on the host, under its flock, with the fence checked first (D3, D4). */
  | { kind: 'run'; argv: readonly string[]; timeoutMs: number }
  /** Puts files into a new directory, in one piece: all of them or none. */
  | { kind: 'ship'; directory: string; files: readonly ShippedFile[]; generated: readonly GeneratedFile[] }
  /** Waits until every container of the project runs, is healthy where it can say so, and stays so (D7). */
  | { kind: 'settle'; project: string; services: readonly string[]; timeoutMs: number; settleMs: number }
  /** Makes a symlink point to the target, in one rename. */
  | { kind: 'point'; link: string; target: string };

export interface GeneratedFile {
  path: string;
  content: string;
}

export interface Step {
  host: string;
  /** Why this step is there: `image digest differs`. */
  cause: string;
  action: Action;
}

export type StageName = 'ship' | 'pull' | 'switch' | 'verify';

export interface Stage {
  name: StageName;
  hosts: readonly string[];
  /** The preview's WHAT and BECAUSE. */
  what: string;
  because: string;
  steps: readonly Step[];
}

export interface Plan {
  environment: string;
  release: Release;
  /** Hosts that are changed, in name order; empty if there is nothing to do. */
  hosts: readonly string[];
  stages: readonly Stage[];
  /** What is hashed. */
  subject: PlanSubject;
  /** SHA-256 of the subject's canonical JSON, in hexadecimal (D2). */
  hash: string;
}

/** All that makes a plan another plan (D2): never times, durations, disk, lock, ledger, health or container ids. */
export interface PlanSubject {
  environment: string;
  /** Hosts that are changed. */
  hosts: readonly string[];
  images: Release['images'];
  files: readonly ShippedFile[];
  /** What serves now, by host. */
  serves: readonly {
    host: string;
    containers: readonly { service: string; image: string; digests: readonly string[] }[];
  }[];
  steps: readonly { host: string; action: object }[];
}

/** A step as a plan's subject has it: how long it may take is no part of what it does. */
export function timeless(action: Action): object {
  const limits: readonly string[] = ['timeoutMs', 'settleMs'];
  return Object.fromEntries(Object.entries(action).filter(([key]) => !limits.includes(key)));
}

/** Stands for the deployment's id in a plan, which is not known before the lock is held (D2). */
export const DEPLOYMENT_MARK = '{deployment}';

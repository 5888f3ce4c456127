import * as z from 'zod';
import { canonical, sha256 } from './canonical.ts';
import { Exit } from './exit.ts';
import { HdError, UsageError } from './errors.ts';
import type { Actor } from './actor.ts';
import { timeless, type PlanSubject, type Stage } from './plan.ts';
import type { PlanStory } from './plan-story.ts';
import type { Digest, Release } from './release.ts';
import type { Tag } from './version.ts';

/** A plan that is kept to be judged and applied later (docs/plans.md). It holds no secrets. */
export interface PlanFile {
  schemaVersion: 1;
  /** The version of hd that made it, when, and for whom. */
  hd: string;
  /** RFC 3339. */
  at: string;
  by: Actor;
  verb: 'deploy' | 'rollback';
  environment: string;
  release: Release;
  /** The files are those of the working tree, not of the release's commit. */
  worktree?: true;
  /** SHA-256 of the subject's canonical JSON (D2). */
  hash: string;
  subject: PlanSubject;
  /** What the subject's steps are for; nothing of it is executed as it stands. */
  stages: readonly Stage[];
  /** How the gates judged it when it was made; they judge again when it is applied. */
  gates: readonly PlanFileGate[];
  /** For people: commits, diffs, durations, the way back. */
  story: PlanStory;
}

export interface PlanFileGate {
  gate: string;
  state: string;
  text: string;
  more?: readonly string[];
}

const text = z.string();
const count = z.int().nonnegative();
const hex = text.regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits are wanted');
const commit = text.regex(/^[0-9a-f]{40}$/, '40 hexadecimal digits are wanted');
const digest = text
  .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits are wanted')
  .transform((value) => value as Digest);
const tag = text.regex(/^v/, 'v and a version is wanted').transform((value) => value as Tag);
const image = z.strictObject({ repository: text, digest });
const images = z.record(text, image);
const shipped = z.strictObject({ path: text, sha256: hex, executable: z.boolean() });
const generated = z.strictObject({ path: text, content: text });
const hosts = z.array(text);

/** Each kind of action, without its limits, and the limits of those that have some. */
const kinds = {
  run: [{ kind: z.literal('run'), argv: z.array(text) }, { timeoutMs: count }],
  ship: [
    { kind: z.literal('ship'), directory: text, files: z.array(shipped), generated: z.array(generated) },
    {},
  ],
  settle: [
    { kind: z.literal('settle'), project: text, services: z.array(text) },
    { timeoutMs: count, settleMs: count },
  ],
  point: [{ kind: z.literal('point'), link: text, target: text }, {}],
} as const;
const action = z.discriminatedUnion('kind', [
  z.strictObject({ ...kinds.run[0], ...kinds.run[1] }),
  z.strictObject({ ...kinds.ship[0] }),
  z.strictObject({ ...kinds.settle[0], ...kinds.settle[1] }),
  z.strictObject({ ...kinds.point[0] }),
]);
const timelessAction = z.discriminatedUnion('kind', [
  z.strictObject(kinds.run[0]),
  z.strictObject(kinds.ship[0]),
  z.strictObject(kinds.settle[0]),
  z.strictObject(kinds.point[0]),
]);
const stage = z.strictObject({
  name: z.enum(['ship', 'pull', 'switch', 'verify']),
  hosts,
  what: text,
  because: text,
  steps: z.array(z.strictObject({ host: text, cause: text, action })),
});
const container = z.strictObject({ service: text, image: text, digests: z.array(text) });
const subject = z.strictObject({
  environment: text,
  hosts,
  images,
  files: z.array(shipped),
  serves: z.array(z.strictObject({ host: text, containers: z.array(container) })),
  steps: z.array(z.strictObject({ host: text, action: timelessAction })),
});
const person = { title: text, author: text };
const story = z.strictObject({
  commits: z
    .strictObject({
      from: commit,
      to: commit,
      total: count,
      list: z.array(z.strictObject({ sha: commit, ...person })),
      back: z.literal(true).exactOptional(),
    })
    .exactOptional(),
  pulls: z.array(z.strictObject({ number: count, url: text, ...person })),
  images: z.array(
    z.strictObject({ service: text, repository: text, from: digest.exactOptional(), to: digest }),
  ),
  files: z.array(
    z.strictObject({ path: text, change: z.enum(['added', 'removed', 'changed']), diff: z.array(text) }),
  ),
  expectedMs: z.record(text, z.number()),
  wayBack: z.strictObject({ name: text, expectedMs: z.number().exactOptional() }).exactOptional(),
});
const file = z.strictObject({
  schemaVersion: z.literal(1),
  hd: text,
  at: z.iso.datetime(),
  by: z.strictObject({ name: text, proven: z.boolean(), machine: text }),
  verb: z.enum(['deploy', 'rollback']),
  environment: text,
  release: z.strictObject({ version: text, tag: tag.exactOptional(), commit, images }),
  worktree: z.literal(true).exactOptional(),
  hash: hex,
  subject,
  stages: z.array(stage),
  gates: z.array(z.strictObject({ gate: text, state: text, text, more: z.array(text).exactOptional() })),
  story,
});

/** Its text: canonical JSON (RFC 8785) and a newline, so that equal plans have equal bytes. */
export function planFileText(plan: PlanFile): string {
  return `${canonical(plan)}\n`;
}

/**
 * Reads a plan back. What it says is not trusted: whoever applies it plans again, and compares.
 * @param name for messages: `plan.json`
 * @throws UsageError for what is no plan of this form; HdError exit 5 for one that does not agree with itself
 */
export function readPlanFile(name: string, content: string, version: string): PlanFile {
  const value = parsed(name, content);
  const { schemaVersion, hd } = { ...(value as { schemaVersion?: unknown; hd?: unknown } | null) };
  if (schemaVersion !== 1) {
    const says =
      schemaVersion === undefined ? 'no schemaVersion' : `schemaVersion ${JSON.stringify(schemaVersion)}`;
    throw new UsageError(`${name} has ${says}; hd ${version} reads 1`, undefined, { next: [HOW] });
  }
  const read = file.safeParse(value);
  if (!read.success) throw malformed(name, read.error.issues, hd, version);
  requireIntact(name, read.data);
  return read.data;
}

function parsed(name: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new UsageError(`${name} is no JSON`, undefined, { next: [HOW] });
  }
}

const HOW = {
  remark: 'make one',
  command: ['hd', 'plan', 'deploy', 'ENV', '--tag', 'TAG', '-o', 'plan.json'],
};

function malformed(
  name: string,
  issues: readonly z.core.$ZodIssue[],
  made: unknown,
  version: string,
): UsageError {
  const [first = '', ...rest] = issues.slice(0, 8).map(({ path, message }) => {
    const at = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${at.replace(/^\./, '') || 'the plan'}: ${message}`;
  });
  const other = typeof made === 'string' && made !== version ? [`it says that hd ${made} made it`] : [];
  const facts = [...rest, ...other].map((each) => ({ label: 'failed', text: each }));
  return new UsageError(`${name}: ${first}`, undefined, { facts, next: [HOW] });
}

/** @throws HdError exit 5: somebody changed a part of it, and not the others */
function requireIntact(name: string, plan: PlanFile): void {
  const { subject: what, stages, release } = plan;
  const steps = stages.flatMap((each) =>
    each.steps.map(({ host, action: of }) => ({ host, action: timeless(of) })),
  );
  const wrong = [
    [sha256(canonical(what)) === plan.hash, 'its hash is not that of its subject'],
    [canonical(steps) === canonical(what.steps), 'the steps of its stages are not those of its subject'],
    [plan.environment === what.environment, 'its environment is not that of its subject'],
    [
      canonical(release.images) === canonical(what.images),
      'the digests of its release are not those of its subject',
    ],
  ].find(([right]) => right === false);
  if (wrong !== undefined) throw altered(name, String(wrong[1]));
}

function altered(name: string, why: string): HdError {
  return new HdError('plan-altered', Exit.notVerified, `${name} was altered: ${why}`, {
    outcome: 'not verified',
    next: [HOW],
  });
}

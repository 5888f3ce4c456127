import { audit, type Audit } from '../../domain/audit/index.ts';
import type { Evidence } from '../../domain/audit/evidence.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Signatures } from '../../ports.ts';
import type { Answer } from '../answer.ts';
import type { World } from '../world.ts';
import { gather, withSignatures, type Gathered } from './gather.ts';
import { auditsVerdict } from './verdict.ts';

export interface AuditOptions {
  /** Whose signatures count; absent if nobody said. */
  signatures?: Signatures;
  /** A finished entry without a signature is wrong. */
  requireSignatures: boolean;
}

/** `hd audit verify [ENV]`: proves that the ledgers are what hd wrote, on every host. Changes nothing. */
export async function verifyLedgers(
  world: World,
  environments: readonly Environment[],
  options: AuditOptions,
): Promise<Answer & { audits: readonly Audit[] }> {
  const gathered = await Promise.all(environments.map((environment) => gather(world, environment)));
  return answerOf(gathered, options);
}

/** `hd audit verify --file FILE`: the same from an exported file, without hosts and without a network. */
export async function verifyExport(
  evidence: Evidence,
  options: AuditOptions,
): Promise<Answer & { audits: readonly Audit[] }> {
  return answerOf([{ evidence, errors: [] }], options);
}

async function answerOf(
  gathered: readonly Gathered[],
  { signatures, requireSignatures }: AuditOptions,
): Promise<Answer & { audits: readonly Audit[] }> {
  const audits: Audit[] = [];
  for (const { evidence } of gathered) {
    const signed = signatures === undefined ? evidence : await withSignatures(evidence, signatures);
    audits.push(audit(signed, { requireSignatures }));
  }
  const errors = gathered.flatMap((each) => each.errors.map(({ error }) => error));
  const verdict = auditsVerdict(audits, errors);
  return {
    audits,
    exit: verdict.exit,
    block: { facts: [], verdict },
    json: {
      outcome: verdict.outcome.replaceAll(' ', '-'),
      environments: audits.map(({ rows, wrong: _, ...rest }) => ({
        ...rest,
        rows: rows.map(({ mark, label, text, more = [] }) => ({
          check: label,
          state: STATES[mark ?? 'idle'],
          text,
          more,
        })),
      })),
    },
  };
}

const STATES = {
  ok: 'passed',
  fail: 'failed',
  warn: 'remark',
  idle: 'not-checked',
  busy: 'not-checked',
} as const;

import { Flags } from '@oclif/core';
import type { Result } from './command.ts';
import { planFileText } from './domain/plan-file.ts';
import type { Answer } from './flows/answer.ts';
import { planFileOf } from './flows/plan-file.ts';
import { stepsFlags } from './mutating.ts';
import type { World } from './flows/world.ts';
import { resultOf } from './result.ts';

/** Of `hd plan`. */
export const planFlags = {
  output: Flags.string({
    char: 'o',
    summary: 'keep the plan in this file, for hd apply; - is stdout',
    helpValue: 'FILE',
  }),
  ...stepsFlags,
};

/** A plan holds no secrets, and others are to read it. */
const READABLE = 0o644;

/**
 * What `hd plan` gives back: the plan, and where it was kept if that was asked for.
 * @throws UsageError if it can't be written
 */
export async function keptPlan(world: World, answer: Answer, output: string | undefined): Promise<Result> {
  const result = resultOf(answer);
  if (output === undefined || answer.made === undefined) return result;
  const text = planFileText(await planFileOf(world, answer.made));
  const { exit, block, json } = answer;
  if (output === '-') return { raw: text, exit, json };
  const { writeText } = await import('./adapters/files.ts');
  await writeText('--output', output, text, READABLE);
  const kept = { label: 'kept', text: `${output}, plan ${answer.made.change.plan.hash.slice(0, 12)}` };
  const doIt = { label: 'next', commands: [{ remark: 'do it', command: ['hd', 'apply', output] }] };
  const rows = block.verdict.rows.filter((row) => exit !== 0 || row.label !== 'next');
  return {
    ...result,
    block: {
      facts: [...block.facts, kept],
      verdict: { ...block.verdict, rows: exit === 0 ? [...rows, doIt] : rows },
    },
    json: { ...json, file: output },
  };
}

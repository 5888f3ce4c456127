import { actionText } from '../domain/action-text.ts';
import type { PreviewTable } from '../domain/event.ts';
import { foldHosts } from '../domain/names.ts';
import type { Plan, Stage } from '../domain/plan.ts';
import { span } from '../domain/values.ts';
import type { Expected } from './expected.ts';

export interface TableOptions {
  /** By stage; the column is there if any of them is known. */
  expected: Expected['stages'];
  /** Each stage with its commands. */
  steps: boolean;
}

/** The stages as rows, the last one of them the proof (screens.md, 3 and 16). */
export function previewTable(
  { stages }: Pick<Plan, 'stages'>,
  hosts: readonly string[],
  { expected, steps }: TableOptions,
): PreviewTable {
  const verify = {
    name: 'verify',
    hosts,
    what: 'all checks',
    because: 'every deployment',
    steps: [],
  } as const;
  const all: readonly Stage[] = [...stages, verify];
  const timed = all.some(({ name }) => expected[name] !== undefined);
  const rows = all.map((stage, index) => {
    const ms = expected[stage.name];
    const cells = [`${index + 1} ${stage.name}`, foldHosts(stage.hosts), stage.what, stage.because];
    return {
      cells: timed ? [...cells, ms === undefined ? '' : span(ms)] : cells,
      ...(steps ? { steps: stepsOf(stage) } : {}),
    };
  });
  const head = ['STAGE', 'HOSTS', 'WHAT', 'BECAUSE'];
  return timed ? { head: [...head, 'EXPECTED'], rows, right: [4] } : { head, rows };
}

/** Host by host; one that does what the first one does is told in a row. */
function stepsOf(stage: Stage): { name: string; text: string }[] {
  const texts = stage.hosts.map((name) => ({
    name,
    texts: stage.steps.flatMap((step) => (step.host === name ? [actionText(step.action)] : [])),
  }));
  const first = texts[0]?.texts ?? [];
  return texts.flatMap(({ name, texts: own }, index) =>
    index > 0 && own.join('\n') === first.join('\n')
      ? [{ name, text: first.length === 1 ? 'the same' : `the same ${first.length}` }]
      : own.map((text) => ({ name, text })),
  );
}

import { Exit } from '../../domain/exit.ts';
import type { Answer } from '../answer.ts';
import type { DecideRequest } from './decide-request.ts';
import { whatOf, type Waiting } from './list.ts';

/** What would be said, and nothing was. */
export function plannedAnswer(waiting: Waiting, { decision, comment }: DecideRequest): Answer {
  const { name } = waiting.environment;
  const which =
    waiting.kind === 'plan'
      ? ['--plan', waiting.request.plan.slice(0, 12)]
      : ['--run', String(waiting.run.id)];
  const command = ['hd', decision, name, ...which, '--comment', comment];
  return {
    exit: Exit.done,
    block: {
      facts: [],
      verdict: {
        mark: 'ok',
        outcome: 'planned',
        headline: `${whatOf(waiting)}; nothing was said`,
        exit: Exit.done,
        rows: [{ label: 'next', commands: [{ remark: 'do it', command }] }],
      },
    },
    json: { outcome: 'planned', environment: name, decision },
  };
}

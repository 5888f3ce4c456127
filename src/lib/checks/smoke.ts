import { quoteCommand } from '../domain/names.ts';
import type { Check, Subject } from './check.ts';
import { judgeAnswer } from './expect.ts';

/** The smoke checks of hd.yml: requests with expectations, and commands run on the operator's machine (S1-21). */
export function smoke(subject: Subject): Check[] {
  return subject.environment.checks.smoke.map((check): Check => {
    if (check.kind === 'http') {
      return {
        kind: 'http',
        name: check.name,
        path: check.path,
        retry: check,
        ...(check.tokenEnv === undefined ? {} : { tokenEnv: check.tokenEnv }),
        judge: (answer) => {
          const judged = judgeAnswer(check.path, answer, check.expect);
          return { ...judged, text: `smoke, ${judged.text}` };
        },
      };
    }
    return {
      kind: 'command',
      name: check.name,
      argv: check.run,
      timeoutMs: check.timeoutMs,
      judge: ({ status, output }) => {
        const text = `smoke, ${quoteCommand(check.run)}: exit ${status}`;
        if (status === 0) return { state: 'passed', text };
        return { state: 'failed', text: `${text}, wanted 0`, got: output.split('\n').slice(-8) };
      },
    };
  });
}

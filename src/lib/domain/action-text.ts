import { count, list, quoteCommand } from './names.ts';
import { DEPLOYMENT_MARK, type Action } from './plan.ts';
import { span } from './values.ts';

/** A step without its limits, as a plan's subject has it; the limits where they are known. */
export type TimelessAction = Action extends infer A
  ? A extends Action
    ? Omit<A, 'timeoutMs' | 'settleMs'> & { settleMs?: number; timeoutMs?: number }
    : never
  : never;

/**
 * What a step does, as a person reads it: `docker pull ghcr.io/acme/backend@sha256:…`; `dN` is the deployment that it
 * becomes. Quoted for reading only: what runs is the argument list (screens.md, 16).
 */
export function actionText(action: TimelessAction): string {
  switch (action.kind) {
    case 'run':
      return quoteCommand(action.argv.map(named));
    case 'ship': {
      const files = action.files.length + action.generated.length;
      return `put ${count(files, 'file')} into ${named(action.directory)}, all or none`;
    }
    case 'settle':
      return `wait for ${list(action.services, 'and')} to settle${limits(action)}`;
    case 'point':
      return `point ${action.link} at ${named(action.target)}, in one rename`;
  }
}

function named(text: string): string {
  return text.replaceAll(DEPLOYMENT_MARK, 'dN');
}

function limits({ settleMs, timeoutMs }: TimelessAction): string {
  const steady = settleMs === undefined ? '' : `, steady for ${span(settleMs)}`;
  return timeoutMs === undefined ? steady : `${steady}, ${span(timeoutMs)} at the most`;
}

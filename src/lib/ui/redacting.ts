import { redactAll, type Redact } from '../domain/redaction.ts';
import type { Progress } from './reporter.ts';

/** A reporter that is told nothing secret: before a line is broken, for no renderer could tell afterwards. */
export function redacting(reporter: Progress, redact: Redact): Progress {
  return {
    event: (event) => reporter.event(redactAll(redact, event)),
    show: (view, plain) => reporter.show(redactAll(redact, view), redactAll(redact, plain)),
    stopping: () => reporter.stopping(),
    close: () => reporter.close(),
  };
}

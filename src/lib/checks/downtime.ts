import { downtime as seconds } from '../domain/values.ts';
import type { Check, Subject } from './check.ts';

/** The rollout was safe: what was measured during the switch is within `max_downtime` (S0-46). */
export function downtime(subject: Subject): Check[] {
  const { downtimeMs } = subject;
  const limit = subject.environment.rollout.maxDowntimeMs;
  if (downtimeMs === undefined || limit === undefined) return [];
  const late = downtimeMs > limit;
  // Rounded up where it is too much, so that the two never look the same.
  const measured = late ? Math.ceil(downtimeMs / 100) * 100 : downtimeMs;
  return [
    {
      kind: 'observed',
      name: 'downtime',
      asked: 'probes during the switch',
      judge: () => ({
        state: late ? 'failed' : 'passed',
        text: `${seconds(measured)} during the last switch; limit ${seconds(limit)}`,
      }),
    },
  ];
}

import type { Check, Subject } from './check.ts';

/** The rollout was safe: what was measured during the switch is within `max_downtime` (S0-46). */
export function downtime(subject: Subject): Check[] {
  const { downtimeMs } = subject;
  const limit = subject.environment.rollout.maxDowntimeMs;
  if (downtimeMs === undefined || limit === undefined) return [];
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`;
  return [
    {
      kind: 'observed',
      name: 'downtime',
      asked: 'probes during the switch',
      judge: () => ({
        state: downtimeMs > limit ? 'failed' : 'passed',
        text: `${seconds(downtimeMs)} during the last switch; limit ${seconds(limit)}`,
      }),
    },
  ];
}

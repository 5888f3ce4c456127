import { count } from '../domain/names.ts';
import { replaced, type Check, type Subject } from './check.ts';

/** A bounded tail of the logs has no line that says that something died (S0-48). */
export function logs(subject: Subject): Check[] {
  const { sinceMs, forbid } = subject.environment.checks.logs;
  if (forbid.length === 0) return [];
  const window = sinceMs >= 60_000 ? `${Math.round(sinceMs / 60_000)}m` : `${Math.round(sinceMs / 1000)}s`;
  return [
    {
      kind: 'logs',
      name: 'logs',
      sinceMs,
      skewMs: subject.observed.skewMs,
      containers: replaced(subject).map(({ service, id }) => ({ service, id })),
      judge: (lines) => {
        const bad = lines.filter((line) => forbid.some((text) => line.includes(text)));
        if (bad.length === 0) {
          const texts = forbid.map((text) => `no ${text}`).join(', ');
          return { state: 'passed', text: `${count(lines.length, 'line')} of ${window}; ${texts}` };
        }
        const found = forbid.filter((text) => bad.some((line) => line.includes(text)));
        return {
          state: 'failed',
          text: `${bad.length} of ${count(lines.length, 'line')} of ${window} with ${found.join(', ')}`,
          got: bad.slice(-8),
        };
      },
    },
  ];
}

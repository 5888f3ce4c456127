import { count } from '../domain/names.ts';
import { replaced, type Check, type Subject } from './check.ts';

/** A container that restarted within this time is not steady. */
const RECENT_MS = 10 * 60_000;

/** The restart policy brings the service back by itself, and it did not have to (S0-47). */
export function restarts(subject: Subject): Check[] {
  return [
    {
      kind: 'observed',
      name: 'restarts',
      asked: 'docker inspect, RestartCount and RestartPolicy',
      judge: () => {
        const containers = replaced(subject);
        const policies = [...new Set(containers.map((each) => each.restartPolicy || 'no'))];
        for (const each of containers) {
          const recent = subject.observed.at - each.startedAt < RECENT_MS;
          if (each.state === 'restarting' || (each.restarts > 0 && recent)) {
            return {
              state: 'failed',
              text: `${each.service} restarted ${count(each.restarts, 'time')}, exit ${each.exitCode}`,
            };
          }
        }
        const without = containers.find((each) => each.restartPolicy === 'no' || each.restartPolicy === '');
        if (without !== undefined) {
          return {
            state: 'failed',
            text: `${without.service} has policy no: nothing starts it again after a crash or a reboot`,
          };
        }
        if (containers.length === 0) return { state: 'failed', text: 'no container of the release' };
        const total = containers.reduce((sum, each) => sum + each.restarts, 0);
        return { state: 'passed', text: `${total}, none of late; policy ${policies.join(', ')}` };
      },
    },
  ];
}

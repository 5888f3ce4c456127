import { shortDigest } from '../domain/release.ts';
import type { Check, Subject } from './check.ts';

/** The digest of each running service is the release's (S0-43). */
export function image(subject: Subject): Check[] {
  return [
    {
      kind: 'observed',
      name: 'image',
      asked: 'docker inspect, of every container of the release',
      judge: () => {
        const wrong: string[] = [];
        const right: string[] = [];
        for (const [service, wanted] of Object.entries(subject.release.images)) {
          const containers = subject.observed.containers.filter((each) => each.service === service);
          if (containers.length === 0)
            wrong.push(`${service} does not run; wanted ${shortDigest(wanted.digest)}`);
          for (const container of containers) {
            const runs = container.state === 'running' && container.digests.includes(wanted.digest);
            const seen = container.digests[0] ?? container.imageId;
            const state = container.state === 'running' ? 'runs' : `is ${container.state},`;
            if (runs) right.push(`${service} runs ${shortDigest(wanted.digest)}`);
            else wrong.push(`${service} ${state} ${shortDigest(seen)}; wanted ${shortDigest(wanted.digest)}`);
          }
        }
        return wrong.length > 0
          ? { state: 'failed', text: wrong.join('; ') }
          : { state: 'passed', text: `${[...new Set(right)].join(', ')}, as released` };
      },
    },
  ];
}

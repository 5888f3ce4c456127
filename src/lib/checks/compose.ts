import { isDone } from '../domain/container.ts';
import type { ObservedContainer } from '../domain/observed.ts';
import type { Check, Subject } from './check.ts';

/** Every service runs, and is healthy where it can say so (S1-18). */
export function compose(subject: Subject): Check[] {
  return [
    {
      kind: 'observed',
      name: 'compose',
      asked: 'docker ps, of every service of the compose files',
      judge: () => {
        const services = subject.manifest?.services ?? Object.keys(subject.release.images);
        const states = services.map((service) => {
          const containers = subject.observed.containers.filter((each) => each.service === service);
          return { service, ...worst(containers) };
        });
        const bad = states.filter((each) => !each.fine);
        const text = (bad.length > 0 ? bad : states)
          .map((each) => `${each.service} ${each.state}`)
          .join(', ');
        return { state: bad.length > 0 ? 'failed' : 'passed', text };
      },
    },
  ];
}

function worst(containers: readonly ObservedContainer[]): { fine: boolean; state: string } {
  const states = containers.map(stateOf);
  return states.find((each) => !each.fine) ?? states[0] ?? { fine: false, state: 'does not run' };
}

function stateOf(container: ObservedContainer): { fine: boolean; state: string } {
  const { state, health, exitCode } = container;
  if (isDone(container)) return { fine: true, state: 'ended with 0' };
  if (state !== 'running')
    return { fine: false, state: state === 'exited' ? `exited with ${exitCode}` : state };
  return { fine: health === undefined || health === 'healthy', state: health ?? 'runs' };
}

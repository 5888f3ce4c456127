import type { HttpCheck } from '../domain/environment.ts';
import type { Check, Subject } from './check.ts';
import { judgeAnswer } from './expect.ts';

/** live: the process is up (S1-6, S0-45). */
export function live(subject: Subject): Check[] {
  return answering('live', subject.environment.checks.live);
}

/** ready: it can serve (S1-7, S1-8); traffic is gated on this one (S1-10). */
export function ready(subject: Subject): Check[] {
  return answering('ready', subject.environment.checks.ready);
}

function answering(name: string, check: HttpCheck | undefined): Check[] {
  if (check === undefined) return [];
  return [
    {
      kind: 'http',
      name,
      path: check.path,
      retry: check,
      judge: (answer) => judgeAnswer(check.path, answer, check.expect),
    },
  ];
}

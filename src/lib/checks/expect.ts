import type { HttpExpectation } from '../domain/environment.ts';
import type { HttpAnswer } from '../ports.ts';
import type { Judgement } from './check.ts';

/** What did not come back is unknown; what came back and is wrong has failed (S3-32). */
export function judgeAnswer(path: string, answer: HttpAnswer, expect: HttpExpectation): Judgement {
  if (answer.kind === 'none') return { state: 'unknown', text: `GET ${path}: no answer: ${answer.why}` };
  const got = answer.body === '' ? [] : answer.body.split('\n');
  const wrong = mismatch(answer, expect);
  if (wrong === undefined) return { state: 'passed', text: `GET ${path}: ${answer.status}` };
  return { state: 'failed', text: `GET ${path}: ${wrong}`, got };
}

function mismatch(answer: HttpAnswer & { kind: 'answer' }, expect: HttpExpectation): string | undefined {
  if (answer.status !== expect.status) return `${answer.status}, wanted ${expect.status}`;
  if (expect.withinMs !== undefined && answer.ms > expect.withinMs) {
    return `${answer.status} after ${Math.round(answer.ms)}ms, wanted within ${expect.withinMs}ms`;
  }
  if (expect.json === undefined) return undefined;
  const body = parseJson(answer.body);
  if (body === undefined) return `${answer.status}, but not JSON`;
  for (const [path, wanted] of Object.entries(expect.json)) {
    const value = fieldAt(body, path);
    if (value !== wanted) return `${answer.status}, but ${path} is ${show(value)}; wanted ${show(wanted)}`;
  }
  return undefined;
}

export function show(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}

export function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `build.version` of `{"build": {"version": "1.4.0"}}`; own properties only. */
export function fieldAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

import { hostname, userInfo } from 'node:os';
import type { Actor } from '../domain/actor.ts';
import type { Identity } from '../ports.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** GitHub must say who a token is within this, or sooner: a rollback never waits for it (D9). */
const LIMIT_MS = 3_000;

/**
 * Who is at the keyboard: the login that a GitHub token proves; without one, or without an answer in time, the
 * actor that GitHub Actions names or the user of the operating system, not proven.
 * @param viewer asks GitHub; rejects or gives undefined when it can't say
 * @param answerMs the limit on an answer, where it is shorter than three seconds
 */
export function createIdentity(
  env: Env,
  viewer: () => Promise<string | undefined>,
  answerMs: number = LIMIT_MS,
): Identity {
  let known: Promise<Actor> | undefined;
  return { actor: () => (known ??= ask(env, viewer, Math.min(answerMs, LIMIT_MS))) };
}

async function ask(env: Env, viewer: () => Promise<string | undefined>, limitMs: number): Promise<Actor> {
  const machine = hostname();
  const login = await limited(
    viewer().catch(() => undefined),
    limitMs,
  );
  if (login !== undefined) return { name: login, proven: true, machine };
  const runner = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_ACTOR'] : undefined;
  return { name: runner ?? systemUser(env), proven: false, machine };
}

async function limited(answer: Promise<string | undefined>, limitMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function systemUser(env: Env): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

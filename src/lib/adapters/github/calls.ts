import type { Octokit } from '@octokit/rest';
import type { RepositoryName } from '../../domain/environment.ts';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import { answered, isLost, isUnsent, tokenNeeded, translate } from './failures.ts';

/** Sent with every request that writes: octokit's retry plugin would repeat a POST. */
export const once = { request: { retries: 0 } } as const;

/**
 * Sent with every request that is made beside the work: no retry, no wait for a rate limit that anybody is told of.
 * Without a signal it is like all others.
 */
export function aside(signal: AbortSignal | undefined): { request?: RequestOptions } {
  return signal === undefined ? {} : { request: { retries: 0, signal, aside: true } };
}

interface RequestOptions {
  retries: number;
  signal: AbortSignal;
  aside: true;
}

/** What every part of the adapter works with: the client, and one way to read and one to write. */
export interface Calls {
  octokit: Octokit;
  /** Spread into octokit's parameters. */
  at: { owner: string; repo: string };
  name: string;
  hasToken: boolean;
  /** @param doing in the infinitive, for the message of a failure: `read tag v1.4.0` */
  read<T>(doing: string, request: () => Promise<T>): Promise<T>;
  /** A 404 of something in a repository that can be seen is undefined. */
  find<T>(doing: string, request: () => Promise<T>, absent?: readonly number[]): Promise<T | undefined>;
  /**
   * Never repeats a request blindly: after a lost answer, and after one that says "it is there already", it looks
   * whether the effect is there. Only if it is seen not to be is the request sent a second time.
   * @param look gives what the request would have given, if its effect is there
   */
  write<T>(doing: string, request: () => Promise<T>, look: () => Promise<T | undefined>): Promise<T>;
  /**
   * Sends once and never again, whatever happens: for an effect that could not be told from that of a second request.
   * @returns undefined after a lost answer: it may or may not have been done
   */
  send<T>(doing: string, request: () => Promise<T>): Promise<T | undefined>;
}

export function createCalls(
  octokit: Octokit,
  repository: RepositoryName,
  hasToken: boolean,
  pause: () => Promise<void>,
): Calls {
  const at = { owner: repository.owner, repo: repository.name };
  const name = `${repository.owner}/${repository.name}`;

  const read: Calls['read'] = async (doing, request) => {
    try {
      return await request();
    } catch (error) {
      throw translate(error, doing, name, hasToken);
    }
  };

  // A 404 also means "you may not see this repository"; asked once, and only when something was not there.
  let visible: Promise<unknown> | undefined;
  const find: Calls['find'] = async (doing, request, absent = [404]) => {
    try {
      return await request();
    } catch (error) {
      const status = answered(error);
      if (status === undefined || !absent.includes(status)) throw translate(error, doing, name, hasToken);
      visible ??= read(`read ${name}`, () => octokit.rest.repos.get(at));
      await visible;
      return undefined;
    }
  };

  const write: Calls['write'] = async (doing, request, look) => {
    if (!hasToken) throw tokenNeeded(doing);
    const seen = async (lost: unknown) => {
      try {
        return await look();
      } catch (error) {
        if (isUnsent(lost)) throw translate(lost, doing, name, hasToken);
        throw new HdError(
          'github-unknown',
          Exit.inconclusive,
          `GitHub's answer was lost when hd tried to ${doing}, and hd could not look whether it was done`,
          { cause: new AggregateError([lost, error]) },
        );
      }
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        const lost = isLost(error);
        if (!lost && ![403, 409, 422].includes(answered(error) ?? 0))
          throw translate(error, doing, name, hasToken);
        if (lost) await pause();
        const done = await (lost ? seen(error) : look().catch(() => undefined));
        if (done !== undefined) return done;
        if (!lost || attempt === 2) throw translate(error, doing, name, hasToken);
      }
    }
  };

  const send: Calls['send'] = async (doing, request) => {
    if (!hasToken) throw tokenNeeded(doing);
    try {
      return await request();
    } catch (error) {
      if (isLost(error) && !isUnsent(error)) return undefined;
      throw translate(error, doing, name, hasToken);
    }
  };

  return { octokit, at, name, hasToken, read, find, write, send };
}

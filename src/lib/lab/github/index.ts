import type { AddressInfo } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Blobs } from './blobs.ts';
import { Git } from './git.ts';
import type { Dispatch, World } from './operation.ts';
import { parseOptions, type GitHubOptions } from './options.ts';
import { installHook, Pushes } from './pushes.ts';
import { Runner } from './runner.ts';
import { ApiServer } from './server.ts';
import { Store } from './store.ts';
import { Tokens } from './tokens.ts';

export type { GitHubOptions } from './options.ts';

export interface GitHubEmulator {
  /** The API's base: `http://127.0.0.1:PORT`, also as `/api/v3` below it. */
  url: string;
  port: number;
  /** The bare repository: push to it, read from it. */
  repoPath: string;
  /** Stops running jobs, writes the state, closes the socket. */
  close(): Promise<void>;
}

/**
 * Starts an emulated GitHub with one repository on 127.0.0.1.
 * @throws if an option is wrong, or the port is taken
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHubEmulator> {
  const settings = parseOptions(options);
  const directory = resolve(settings.stateDir);
  await mkdir(directory, { recursive: true });
  const git = new Git(join(directory, 'repo.git'));
  await git.ensure(settings.defaultBranch);
  const store = await Store.open(directory);
  const server = new ApiServer();
  const port = await listen(server, settings.port);
  const url = `http://127.0.0.1:${port}`;
  const tokens = new Tokens(settings.tokens);
  const world: World = {
    ...{ settings, git, store, origin: url, blobs: new Blobs(directory, url) },
    runs: {
      dispatch: (asked: Dispatch) => runner.dispatch(asked),
      cancel: (run) => runner.cancel(run),
      rerunFailed: (run) => runner.rerunFailed(run),
      review: (review) => runner.review(review),
      later: (run, minutes) => runner.later(run, minutes),
      ended: (run) => runner.ended(run),
      settled: (run) => runner.settled(run),
    },
  };
  const runner: Runner = new Runner(world, tokens);
  await runner.takeUp();
  const pushes = new Pushes(git, store, (push) => runner.pushed(push));
  await installHook(git, url);
  server.serve({ world, tokens, pushes });
  await pushes.look(settings.owner);
  return {
    url,
    port,
    repoPath: git.path,
    close: async () => {
      await runner.close();
      server.http.closeAllConnections();
      await new Promise((done) => server.http.close(done));
      await store.flush();
      git.close();
    },
  };
}

async function listen({ http }: ApiServer, port: number): Promise<number> {
  await new Promise<void>((done, fail) => {
    http.once('error', fail);
    http.listen(port, '127.0.0.1', done);
  });
  return (http.address() as AddressInfo).port;
}

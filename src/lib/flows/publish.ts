import type { Environment } from '../domain/environment.ts';
import { HdError, UnreachableError } from '../domain/errors.ts';
import {
  githubState,
  headRef,
  isOfRun,
  openUrl,
  publicationText,
  publishedAs,
  readPayload,
  readPublication,
  runPage,
  type PublicationWord,
} from '../domain/publication.ts';
import { releaseName } from '../domain/release.ts';
import type { GitHub, GitHubDeployment, GitHubPublishing } from '../ports.ts';
import type { EntryBase } from './entries.ts';
import type { Ledger } from './ledger.ts';
import type { World } from './world.ts';

/** For each call to GitHub, and for everything after the deployment's last word together, in milliseconds. */
const LIMIT_MS = 10_000;
/** How many deployments of others are looked at for the one that this Actions job made. */
const CANDIDATES = 5;

export interface Published {
  world: Pick<World, 'config' | 'github' | 'clock' | 'reporter' | 'env' | 'answerMs'>;
  environment: Environment;
  /** What every line of this deployment says. */
  entry: EntryBase;
  ledger: Pick<Ledger, 'head' | 'count' | 'lines'>;
  /** A deployment whose operator was found dead: it is said to be interrupted. */
  dead?: string | undefined;
  /** For each call, and for the end. */
  limitMs?: number;
}

/**
 * Keeps a deployment on GitHub in step with the ledger, beside the work: nothing waits for it but the end, for 10 s
 * at the most, and that it fails is a warning.
 */
export class Publication {
  readonly #of: Published;
  readonly #limitMs: number;
  /** Ends all calls, or those for words that the last one overtakes. */
  readonly #stop = new AbortController();
  readonly #overtaken = new AbortController();
  #github: GitHub | undefined;
  #ids: { deployment?: number; actions?: number } = {};
  /** Why there is no deployment to move. */
  #unopened: Error | undefined;
  /** GitHub wants to be left alone. */
  #limited: HdError | undefined;
  /** One call after the other; never rejects. */
  #work: Promise<void>;

  constructor(of: Published) {
    this.#of = of;
    this.#limitMs = of.limitMs ?? of.world.answerMs ?? LIMIT_MS;
    const shown = publishedAs(of.world.config, of.environment);
    this.#work =
      shown === undefined
        ? Promise.resolve()
        : this.#open(shown.environment).catch((error: unknown) => {
            this.#unopened = asError(error);
          });
    this.say('planned');
    this.say('started');
  }

  /** For the ledger: the deployment on GitHub, and the one of the Actions job, as far as they are known by now. */
  get github(): { github?: { deployment?: number; actions?: number } } {
    return Object.keys(this.#ids).length === 0 ? {} : { github: this.#ids };
  }

  /** The ledger's newest word, with its head at this moment. */
  say(word: PublicationWord): void {
    const text = this.#text(word);
    const { signal } = this.#overtaken;
    // That one of these is missing is no loss: the last word carries the head.
    this.#work = this.#work.then(() => this.#add(word, text, signal)).catch(() => undefined);
  }

  /** The last word. Resolves when GitHub has it, or after 10 s, then with a warning; never rejects. */
  async end(word: PublicationWord): Promise<void> {
    this.#overtaken.abort();
    const text = this.#text(word);
    const last = this.#work.then(() => this.#finish(word, text));
    const late = this.#of.world.clock.sleep(this.#limitMs, this.#stop.signal).then(tooLate);
    const failure = await Promise.race([last.then(() => undefined, asError), late]);
    this.#stop.abort();
    if (failure !== undefined) this.#warn(failure);
  }

  async #open(shown: string): Promise<void> {
    const { world, entry, environment, ledger, dead } = this.#of;
    const { count, head = '' } = ledger;
    const ofDead = this.#text('interrupted', ledger, dead);
    const { deployment = '', plan = '', release, verb } = entry;
    const github = await world.github();
    if (github?.hasToken !== true || release === undefined) return;
    this.#github = github;
    // Of these two only that nothing is linked follows, or that an old deployment looks as if it went on.
    const [actions] = await Promise.all([
      this.#ofThisJob(shown).catch(() => undefined),
      this.#leaveDead(shown, dead, ofDead).catch(() => undefined),
    ]);
    const made = entry.resumed === undefined ? undefined : await this.#find(shown, deployment);
    const { id } =
      made ??
      (await this.#ask((asked) =>
        asked.createDeployment({
          ref: release.tag ?? release.commit,
          environment: shown,
          task: verb,
          description: `hd ${deployment}: ${verb} ${releaseName(release)}`,
          payload: {
            ...{ hd: 1, environment: environment.name, deployment, plan, count, head },
            ...(actions === undefined ? {} : { actions }),
          },
          production: environment.production,
        }),
      ));
    this.#ids = { deployment: id, ...(actions === undefined ? {} : { actions }) };
  }

  /** The deployment that GitHub made for this Actions job, because of its `environment:`. */
  async #ofThisJob(shown: string): Promise<number | undefined> {
    const { env, config } = this.#of.world;
    const page = runPage(env);
    const { owner, name } = config.repository ?? {};
    if (page === undefined || env['GITHUB_REPOSITORY'] !== `${owner}/${name}`) return undefined;
    const all = await this.#ask((asked) => asked.deployments(shown, env['GITHUB_SHA']));
    const others = all.filter((each) => readPayload(each.payload) === undefined).slice(0, CANDIDATES);
    for (const { id } of others) {
      const statuses = await this.#ask((asked) => asked.statuses(id));
      if (statuses.some(({ link }) => isOfRun(link, page))) return id;
    }
    return undefined;
  }

  async #leaveDead(shown: string, dead: string | undefined, description: string): Promise<void> {
    const left = dead === undefined ? undefined : await this.#find(shown, dead);
    if (left === undefined) return;
    await this.#ask((asked) => asked.addStatus(left.id, { state: githubState('interrupted'), description }));
  }

  /** A deployment of this environment that an earlier hd made: one whose head is in this very ledger. */
  async #find(shown: string, deployment: string): Promise<GitHubDeployment | undefined> {
    const { environment, ledger } = this.#of;
    const known = new Set(ledger.lines.map((line) => line.hash));
    return (await this.#ask((asked) => asked.deployments(shown))).find(({ payload }) => {
      const ours = readPayload(payload);
      return ours?.environment === environment.name && ours.deployment === deployment && known.has(ours.head);
    });
  }

  async #add(word: PublicationWord, description: string, signal?: AbortSignal): Promise<void> {
    const { deployment } = this.#ids;
    if (deployment === undefined || signal?.aborted === true) return;
    const url = openUrl(this.#of.environment.url);
    const link = runPage(this.#of.world.env);
    const status = {
      ...{ state: githubState(word), description },
      ...(url === undefined ? {} : { url }),
      ...(link === undefined ? {} : { link }),
    };
    await this.#ask((asked) => asked.addStatus(deployment, status), signal);
  }

  async #finish(word: PublicationWord, text: string): Promise<void> {
    if (this.#github === undefined) return;
    if (this.#unopened !== undefined) throw this.#unopened;
    const ref = headRef(this.#of.world.config, this.#of.environment);
    await Promise.all([this.#add(word, text), ref === undefined ? undefined : this.#commit(ref, text)]);
  }

  async #commit(ref: string, text: string): Promise<void> {
    const [last] = await this.#ask((asked) => asked.history(ref));
    if (last !== undefined && readPublication(last.message) === undefined)
      throw new Error(`${ref} holds something else, and is left alone`);
    await this.#ask((asked) => asked.commitTo(ref, text, last?.sha));
  }

  /** One call, within its limit; none after GitHub has asked for a pause that is longer than that. */
  async #ask<T>(call: (asked: GitHubPublishing) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#github === undefined) throw new TypeError('GitHub is not there');
    if (this.#limited !== undefined) throw this.#limited;
    const signals = [this.#stop.signal, AbortSignal.timeout(this.#limitMs), ...(signal ? [signal] : [])];
    try {
      return await call(this.#github.publishing(AbortSignal.any(signals)));
    } catch (error) {
      if (error instanceof HdError && error.code === 'github-rate-limit') this.#limited = error;
      throw error;
    }
  }

  #text(
    word: PublicationWord,
    { count, head = '' }: Pick<Ledger, 'head' | 'count'> = this.#of.ledger,
    deployment = this.#of.entry.deployment ?? '',
  ): string {
    return publicationText({ deployment, word, count, head });
  }

  #warn({ message }: Error): void {
    const text = `the ledger's head was not published: ${message}; the next deployment publishes it`;
    this.#of.world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function tooLate(): Error {
  return new UnreachableError('github', 'GitHub gave no answer in time');
}

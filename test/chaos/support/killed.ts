/** A command that changes an environment, killed at each of its exchanges: what is alike in all of them. */
import assert from 'node:assert/strict';
import { project, WEB, type Project } from '../../e2e/support/project.ts';
import { Aftermath, type Environment, type Story } from './aftermath.ts';
import { hd, type KillAt, type Told } from './hd.ts';
import type { Case, Operation } from './matrix.ts';
import { report } from './report.ts';

const PAIR = ['v1.4.0', 'v1.5.0'] as const;

/** Each case begins where the one before has ended. */
export abstract class Killed implements Operation {
  abstract readonly name: string;
  abstract readonly effects: readonly RegExp[];
  abstract readonly sample: number;
  protected readonly environment: Environment;
  /** Whether the case before has ended as it should. */
  #clean = false;
  #here: Project | undefined;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  protected get here(): Project {
    assert.ok(this.#here !== undefined);
    return this.#here;
  }

  protected get hosts(): readonly string[] {
    return this.environment === 'orin' ? ['orin'] : WEB;
  }

  /** Brings about where the command starts: one of the pair serves, and the other one was confirmed before it. */
  protected abstract begin(serves: (typeof PAIR)[number], other: (typeof PAIR)[number]): Promise<Story>;

  /** What is done about it: most times what was begun is finished. */
  protected wayOut(
    story: Story,
    { random }: Case,
  ): Promise<{ argv: string[]; exit: number; version: string }> {
    const { environment: name } = this;
    const back = random() < 0.25;
    return Promise.resolve(
      back
        ? { argv: ['rollback', name], exit: 0, version: story.old }
        : { argv: ['resume', name], exit: story.exit, version: story.target },
    );
  }

  async record(): Promise<Told['exchanges']> {
    this.#here = await project();
    const { story } = await this.#begin();
    const told = await this.#hd(story);
    assert.equal(told.exit, story.exit, told.stderr + told.stdout);
    this.#clean = true;
    return told.exchanges;
  }

  async kill(at: Case): Promise<void> {
    const { here, environment: name } = this;
    await here.anHourLater();
    const { story, aftermath } = await this.#begin();
    const told = await this.#hd(story, at);
    assert.equal(
      told.killed?.key,
      at.key,
      `it was not killed, exit ${told.exit}:\n${told.stderr}${told.stdout}`,
    );
    const left = await aftermath.assertLeft();
    const served = await here.lab.serves(this.hosts[0] ?? '');
    const way = left
      ? await this.wayOut(story, at)
      : { argv: ['resume', name], exit: 0, version: served ?? story.old };
    await aftermath.recover(way.argv, way.exit, way.version);
    // Where nothing was left to do, the next success is another deployment.
    const next = left ? undefined : PAIR.find((tag) => tag !== `v${way.version}`);
    if (next !== undefined) await here.deploy(name, next);
    await aftermath.assertClean(next?.slice(1) ?? way.version);
    this.#clean = true;
    report({
      ...{ fault: 'kill -9', operation: this.name, moment: `${at.moment} ${at.key}`, exit: null },
      outcome: left ? 'left unfinished' : 'nothing was left',
      recovered: `hd ${way.argv[0] ?? ''}, exit ${way.exit}`,
    });
  }

  async #begin(): Promise<{ story: Story; aftermath: Aftermath }> {
    const { here, environment: name } = this;
    if (this.#clean) await here.ensure(name, ...(await this.#order()));
    else await here.fresh(name, ...PAIR);
    this.#clean = false;
    const [other, serves] = await this.#order();
    const story = await this.begin(serves, other);
    return { story, aftermath: new Aftermath(here, name, story) };
  }

  /** The pair, what serves last. */
  async #order(): Promise<[(typeof PAIR)[number], (typeof PAIR)[number]]> {
    const [a, b] = PAIR;
    return (await this.here.lab.serves(this.hosts[0] ?? '')) === a.slice(1) ? [b, a] : [a, b];
  }

  #hd({ argv }: Story, at?: KillAt): Promise<Told> {
    const agree = this.environment === 'prod' ? ['--confirm', 'prod'] : ['--yes'];
    return hd([...argv, ...agree], { cwd: this.here.lab.project, env: this.here.env }, at);
  }

  /** As if the image had never been there: it is pulled again. */
  protected async forget(tag: string): Promise<void> {
    const { image } = this.here.release(tag);
    await Promise.all(
      this.hosts.map((host) => this.here.lab.onHost(host, ['sh', '-c', FORGET, 'forget', image])),
    );
  }
}

const FORGET = `! docker image inspect "$1" >/dev/null 2>&1 || docker image rm "$1" >/dev/null`;

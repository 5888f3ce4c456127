/** What must be true of an environment whose hd was killed, wherever that was, and how it is brought to an end. */
import assert from 'node:assert/strict';
import { jsonOf } from '../../e2e/support/ending.ts';
import { WEB, type Project } from '../../e2e/support/project.ts';
import { assertRecorded, leftOn, openIn, unendedIn, type Left } from './left.ts';

export type Environment = 'orin' | 'prod';

/** What a killed command was about, in versions as `/version` says them. */
export interface Story {
  argv: readonly string[];
  /** What served before. */
  old: string;
  /** What may answer besides while hosts are being switched. */
  between: string;
  /** What serves once what was left is finished, and how that ends. */
  target: string;
  exit: 0 | 6;
}

interface Status {
  unfinished?: { deployment: string };
  drift: unknown[];
  hosts: { host: string; health: string; version: string | null }[];
}

export class Aftermath {
  readonly #here: Project;
  readonly #environment: Environment;
  readonly #hosts: readonly string[];
  readonly #story: Story;

  constructor(here: Project, environment: Environment, story: Story) {
    this.#here = here;
    this.#environment = environment;
    this.#hosts = environment === 'orin' ? ['orin'] : WEB;
    this.#story = story;
  }

  /**
   * What is so at once, and once the hosts have come to rest.
   * @returns whether something is left to be finished
   */
  async assertLeft(): Promise<boolean> {
    const left = await this.#left();
    const [longest] = left.map(({ ledger }) => ledger).sort((a, b) => b.length - a.length);
    const open = openIn(longest ?? []);
    const refused = open === undefined ? undefined : this.#assertRefused();
    const [status] = await Promise.all([this.#status(), refused]);
    if (open !== undefined)
      assert.equal(status.unfinished?.deployment, open, 'status says what is unfinished');

    await this.#rest();
    const [after, serve, rested] = await Promise.all([this.#status(), this.#serve(), this.#left()]);
    for (const [index, each] of rested.entries()) assertRecorded(each, this.#hosts[index] ?? '');
    const settled =
      after.unfinished === undefined &&
      after.drift.length === 0 &&
      after.hosts.every(({ health }) => health === 'healthy');
    if (settled) assert.equal(new Set(serve).size, 1, `called healthy and settled: ${serve.join(', ')}`);
    return after.unfinished !== undefined;
  }

  /** The next command brings about what was wanted, or what was before. */
  async recover(argv: readonly string[], exit: number, version: string): Promise<void> {
    const { exit: ended, stdout, stderr } = await this.#here.hd([...argv, ...this.agree]);
    assert.equal(ended, exit, `hd ${argv.join(' ')}, exit ${exit} was wanted:\n${stderr}${stdout}`);
    assert.deepEqual(new Set(await this.#serve()), new Set([version]), `after hd ${argv.join(' ')}`);
    assert.equal((await this.#status()).unfinished, undefined, 'it is finished');
  }

  /** After a success nothing of what was killed is left: one ledger, whole, and what Compose made, and no more. */
  async assertClean(version: string): Promise<void> {
    const unended = unendedIn((await this.#left())[0]?.ledger ?? []);
    const kept = await Promise.all(
      this.#hosts.map((host) => this.#here.assertServes(host, version, unended)),
    );
    assert.equal(new Set(kept.map(({ text }) => text)).size, 1, 'one ledger on all hosts');
    const audit = await this.#here.hd(['audit', 'verify', this.#environment]);
    assert.equal(audit.exit, 0, audit.stderr + audit.stdout);
    for (const { containers, running } of await this.#left()) {
      assert.deepEqual(containers, ['healthdelta-backend-1 running', 'healthdelta-cache-1 running']);
      assert.deepEqual(running, [], 'steps without an end');
    }
  }

  get agree(): readonly string[] {
    return this.#environment === 'prod' ? ['--confirm', 'prod'] : ['--yes'];
  }

  /** A new deployment does not begin on top of what was left, and says both ways on. */
  async #assertRefused(): Promise<void> {
    const name = this.#environment;
    const refused = await this.#here.hd(['deploy', name, '--tag', 'v1.6.0', ...this.agree]);
    const said = `${refused.stderr}${refused.stdout}`;
    assert.equal(refused.exit, 8, said);
    for (const way of ['resume', 'rollback']) assert.match(said, new RegExp(`hd ${way} ${name}( |$)`, 'm'));
  }

  /** Waits until no step runs any more and every host answers, with the version before or the new one. */
  async #rest(): Promise<void> {
    const { old, between } = this.#story;
    let seen = {};
    const rests = async (): Promise<boolean> => {
      const [serve, left] = await Promise.all([this.#serve(), this.#left()]);
      const running = left.flatMap((each) => each.running);
      seen = { serve, running };
      return running.length === 0 && serve.every((version) => version === old || version === between);
    };
    await this.#here.waitFor(`${this.#environment} rests and answers`, rests).catch((error: unknown) => {
      throw new Error(`${old} or ${between} was wanted: ${JSON.stringify(seen)}`, { cause: error });
    });
  }

  async #status(): Promise<Status> {
    const value = jsonOf(await this.#here.hd(['status', this.#environment, '--json']));
    const [status] = value['environments'] as [Status];
    return status;
  }

  #left(): Promise<readonly Left[]> {
    return Promise.all(this.#hosts.map((host) => leftOn(this.#here.lab, host)));
  }

  #serve(): Promise<readonly (string | undefined)[]> {
    return Promise.all(this.#hosts.map((host) => this.#here.lab.serves(host)));
  }
}

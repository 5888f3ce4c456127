import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKEN } from '../support/github.ts';
import { hdYml, startReleaseBench, WORKFLOW, type ReleaseBench } from '../support/release.ts';
import { hd, type KillAt, type Told } from './support/hd.ts';
import { matrix, type Case, type Operation } from './support/matrix.ts';
import { report } from './support/report.ts';

interface Release {
  tag_name: string;
  draft: boolean;
  assets: { name: string }[];
}

/** The same command finishes a release that was begun, and nothing is made twice. */
class KilledRelease implements Operation {
  readonly name = 'release';
  readonly effects = [
    /^POST \/git\/tags/,
    /^POST \/git\/refs/,
    /^POST \/releases /,
    /^POST \/releases\/ID\/assets/,
  ];
  readonly sample = 4;
  #bench: ReleaseBench | undefined;
  #minor = 0;

  async record(): Promise<Told['exchanges']> {
    this.#bench = await startReleaseBench();
    const { bench } = this;
    await bench.commit({
      '.github/workflows/release.yml': WORKFLOW,
      'hd.yml': hdYml(bench.registry.host),
      '.gitignore': '/home\n',
    });
    await mkdir(join(bench.clone, 'home'));
    const told = await this.#release(await this.#next());
    assert.equal(told.exit, 0, told.stderr);
    return told.exchanges;
  }

  async kill(at: Case): Promise<void> {
    const version = await this.#next();
    const told = await this.#release(version, at);
    assert.equal(
      told.killed?.key,
      at.key,
      `it was not killed, exit ${told.exit}:\n${told.stderr}${told.stdout}`,
    );
    const again = await this.#release(version);
    assert.equal(again.exit, 0, again.stderr + again.stdout);
    await this.#assertOnce(version);
    report({
      ...{ fault: 'kill -9', operation: this.name, moment: `${at.moment} ${at.key}`, exit: null },
      ...{ outcome: 'killed', recovered: 'the same command' },
    });
  }

  async end(): Promise<void> {
    assert.deepEqual(await this.bench.violations(), []);
    await this.bench.stop();
  }

  get bench(): ReleaseBench {
    assert.ok(this.#bench !== undefined);
    return this.#bench;
  }

  /** Something new, and a version for it. */
  async #next(): Promise<string> {
    this.#minor += 1;
    await this.bench.anHourLater();
    await this.bench.commit({ 'app.txt': `${this.#minor}\n` });
    return `1.${this.#minor}.0`;
  }

  #release(version: string, at?: KillAt): Promise<Told> {
    const { clone, github } = this.bench;
    const env = {
      ...{ GITHUB_API_URL: github.url, GH_TOKEN: TOKEN, HOME: join(clone, 'home'), NO_COLOR: '1' },
      ...{ CI: undefined, GITHUB_ACTIONS: undefined, GITHUB_TOKEN: undefined },
    };
    return hd(['release', version, '--yes'], { cwd: clone, env, hurry: 20 }, at);
  }

  /** One tag at the commit, one run, one GitHub Release with one manifest. */
  async #assertOnce(version: string): Promise<void> {
    const { bench } = this;
    const [tag, head, runs, releases] = await Promise.all([
      bench.git('ls-remote', 'origin', `refs/tags/v${version}^{}`),
      bench.git('rev-parse', 'HEAD'),
      this.#ask(`actions/runs?branch=v${version}`) as Promise<{ total_count: number }>,
      this.#ask('releases?per_page=100') as Promise<Release[]>,
    ]);
    assert.equal(tag.split('\t')[0], head);
    assert.equal(runs.total_count, 1, 'runs of the tag');
    const ours = releases.filter(({ tag_name }) => tag_name === `v${version}`);
    const made = ours.map(({ draft, assets }) => [draft, ...assets.map((asset) => asset.name)]);
    assert.deepEqual(made, [[false, 'manifest.json']]);
  }

  async #ask(path: string): Promise<unknown> {
    const answer = await fetch(`${this.bench.github.url}/repos/acme/healthdelta/${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return answer.json();
  }
}

matrix(new KilledRelease());

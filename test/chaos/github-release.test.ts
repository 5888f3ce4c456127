import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Test } from 'mocha';
import { TOKEN } from '../support/github.ts';
import { hdYml, startReleaseBench, WORKFLOW, type ReleaseBench } from '../support/release.ts';
import { githubCases, type GitHubCase } from './support/github-faults.ts';
import { Held, type HeldOptions } from './support/held.ts';
import { outcomeOf, report } from './support/report.ts';
import { chance, SEED, someOf } from './support/seed.ts';

/** Of several hundred, where not all are wanted. */
const SAMPLE = 5;

describe(`GitHub on a bad day, while hd releases (seed ${SEED})`, function () {
  this.timeout(60_000);
  let bench: ReleaseBench;
  let version = 0;

  before(async function () {
    bench = await startReleaseBench();
    await bench.commit({
      '.github/workflows/release.yml': WORKFLOW,
      'hd.yml': hdYml(bench.registry.host),
      '.gitignore': '/home\n',
    });
    await mkdir(join(bench.clone, 'home'));
    const { exchanges, exit, stderr } = await release();
    assert.equal(exit, 0, stderr);
    const cases = githubCases(exchanges);
    const chosen = process.env['HD_CHAOS'] === 'all' ? cases : someOf(chance('release'), cases, SAMPLE);
    for (const each of chosen) {
      const title = `${each.name} ${each.extent}, at ${each.key}`;
      this.test?.parent?.addTest(new Test(title, () => badDay(each)));
    }
  });
  after(() => bench.stop());

  /** Something new, and a version for it. */
  async function next(): Promise<string> {
    version += 1;
    await bench.clearFaults();
    await bench.anHourLater();
    await bench.commit({ 'app.txt': `${version}\n` });
    await bench.asked();
    return `1.${version}.0`;
  }

  function start(name: string, stops: HeldOptions['stops'] = []): Held {
    return new Held(['release', name, '--yes'], {
      cwd: bench.clone,
      env: {
        ...{ GITHUB_API_URL: bench.github.url, GH_TOKEN: TOKEN, HOME: join(bench.clone, 'home') },
        ...{ CI: undefined, GITHUB_ACTIONS: undefined, GITHUB_TOKEN: undefined, NO_COLOR: '1' },
        // Two minutes of silence are, in tries that each wait for an answer, two minutes here too.
        HD_GITHUB_WAIT: '20s',
      },
      ...{ stops, hurry: 20 },
    });
  }

  async function release(name?: string) {
    const running = start(name ?? (await next()));
    return { ...(await running.end()), exchanges: running.exchanges };
  }

  async function badDay({ key, name, extent, fault }: GitHubCase): Promise<void> {
    const wanted = await next();
    const stop = { key, moment: 'before' } as const;
    const running = start(wanted, [stop]);
    await running.reaches(stop);
    await bench.fault(fault);
    running.go();
    const met = await running.end();
    const whole = `exit ${met.exit}\n${met.stderr}\n${met.stdout}`;
    // Once is sat out; what stays ends it, by what there is to go on from.
    const tagged = (await bench.git('ls-remote', 'origin', `refs/tags/v${wanted}`)) !== '';
    const exits = extent === 'once' ? [0] : tagged ? [9] : [9, 11];
    assert.ok(exits.includes(met.exit), `one of ${exits.join()} was wanted: ${whole}`);
    await bench.clearFaults();
    if (met.exit !== 0) {
      const again = await release(wanted);
      assert.equal(again.exit, 0, `${whole}\nand again:\n${again.stderr}\n${again.stdout}`);
    }
    await assertReleasedOnce(wanted, whole);
    assert.deepEqual(await bench.violations(), []);
    report({
      fault: `GitHub: ${name}, ${extent}`,
      ...{ operation: 'release', moment: key, exit: met.exit, outcome: outcomeOf(met) },
      recovered: met.exit === 0 ? 'nothing was needed' : 'the same command',
    });
  }

  /** One tag, one run, one GitHub Release with one manifest: no request that makes something was done twice. */
  async function assertReleasedOnce(name: string, whole: string): Promise<void> {
    const made = (await bench.asked()).filter(
      ({ method, status }) => method === 'POST' && status >= 200 && status < 300,
    );
    // A tag object is found by its content and shown to nobody: the ref is what makes the tag.
    const shapes = made
      .map(({ path }) => path.replaceAll(/\d+|\?.*/g, ''))
      .filter((path) => !path.endsWith('/git/tags'));
    assert.deepEqual(shapes, [...new Set(shapes)], whole);
    const runs = (await ask(`actions/runs?branch=v${name}`)) as { total_count: number };
    assert.equal(runs.total_count, 1, `runs of v${name}: ${whole}`);
    const all = (await ask('releases?per_page=100')) as {
      tag_name: string;
      draft: boolean;
      assets: { name: string }[];
    }[];
    const ours = all.filter(({ tag_name }) => tag_name === `v${name}`);
    assert.deepEqual(
      ours.map(({ draft, assets }) => [draft, ...assets.map((asset) => asset.name)]),
      [[false, 'manifest.json']],
      whole,
    );
  }

  async function ask(path: string): Promise<unknown> {
    const answer = await fetch(`${bench.github.url}/repos/acme/healthdelta/${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    return answer.json();
  }

  it('makes calls that things can go wrong at', () => assert.ok(version > 0));
});

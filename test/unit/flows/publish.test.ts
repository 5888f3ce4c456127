import assert from 'node:assert/strict';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../../src/lib/adapters/github/index.ts';
import type { Config, Environment } from '../../../src/lib/domain/environment.ts';
import type { LedgerLine } from '../../../src/lib/domain/ledger.ts';
import { readPayload, type PublicationWord } from '../../../src/lib/domain/publication.ts';
import { Secret } from '../../../src/lib/domain/secret.ts';
import type { EntryBase } from '../../../src/lib/flows/entries.ts';
import { Publication, type Published } from '../../../src/lib/flows/publish.ts';
import { publishedHeads } from '../../../src/lib/flows/published.ts';
import type { GitHub } from '../../../src/lib/ports.ts';
import { entry, environment, ledger, release } from '../../support/core.ts';
import {
  OWNER,
  REPOSITORY,
  startBench,
  TOKEN,
  WEAK_TOKEN,
  type Asked,
  type Bench,
} from '../../support/github.ts';

const WORKFLOW = `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: prod
    steps: [{run: 'true'}]
`;

/** A ledger that grows by a line for each word. */
class Growing {
  lines: readonly LedgerLine[] = [];
  add(word: string): void {
    const entries = [...this.lines.map((line) => line.entry), entry({ reason: `${word} ${this.count}` })];
    this.lines = ledger(entries.map(({ prev: _, ...rest }) => rest));
  }
  get head(): string | undefined {
    return this.lines.at(-1)?.hash;
  }
  get count(): number {
    return this.lines.length;
  }
}

describe('a deployment, published on GitHub', function () {
  this.timeout(30_000);
  let bench: Bench;
  let sha: string;
  let notes: string[];
  let own: Growing;
  let number = 0;

  before(async () => {
    bench = await startBench();
    sha = await bench.commit({ 'README.md': 'hello\n' });
    await bench.git('push', '--quiet', 'origin', `${sha}:refs/tags/v1.4.0`);
  });
  after(() => bench.stop());
  beforeEach(async () => {
    notes = [];
    own = new Growing();
    number += 1;
    await bench.asked();
  });
  afterEach(async () => assert.deepEqual(await bench.violations(), []));

  const connect = (token: string): GitHub =>
    createGitHub({
      ...{ repository: { owner: OWNER, name: REPOSITORY }, baseUrl: bench.github.url, clock: systemClock },
      ...(token === '' ? {} : { token: new Secret(token) }),
      ...{ timeoutMs: 60_000, retryBaseMs: 1 },
    });
  const configOf = (more: Partial<Config['ledger']> = {}): Config => ({
    ...{ file: '', root: '', app: 'app', images: {}, registries: {}, roles: {}, environments: {} },
    repository: { owner: OWNER, name: REPOSITORY },
    release: { branch: 'main', workflow: 'release.yml' },
    ledger: { publish: true, ...more },
  });
  const prod = (more: Partial<Environment> = {}): Environment => ({
    ...environment(),
    github: { environment: 'prod' },
    url: 'https://health.example/',
    ...more,
  });
  interface Options extends Partial<Omit<Published, 'world' | 'entry'>> {
    token?: string;
    config?: Config;
    env?: Record<string, string>;
    entry?: Partial<EntryBase>;
  }
  const id = (): string => `d${number}`;
  const begin = (options: Options = {}): Publication => {
    const { token = TOKEN, config = configOf(), env = {}, entry: own2 = {}, ...rest } = options;
    own.add('started');
    const event: Published['world']['reporter']['event'] = (said) => {
      if (said.type === 'note') notes.push(`${said.mark} ${said.text}`);
    };
    const { actor } = entry();
    return new Publication({
      world: {
        config,
        env,
        clock: systemClock,
        reporter: { event },
        github: () => Promise.resolve(connect(token)),
      },
      environment: prod(),
      entry: {
        ...{ hd: '0.1.0', environment: 'prod', actor, verb: 'deploy', plan: 'abc', hosts: ['prod-1'] },
        ...{ deployment: id(), release: release('1.4.0', { commit: sha }), ...own2 },
      },
      ledger: own,
      ...rest,
    });
  };
  const end = async (publication: Publication, word: PublicationWord = 'confirmed'): Promise<void> => {
    own.add(word);
    await publication.end(word);
  };
  const asked = connect.bind(undefined);
  const deployments = () => asked(TOKEN).publishing().deployments('prod');
  const newest = async () => {
    const [one] = await deployments();
    assert.ok(one);
    const statuses = await asked(TOKEN).publishing().statuses(one.id);
    return { ...one, statuses, said: statuses.map((each) => `${each.state} ${each.description}`) };
  };
  /** `confirmed at 2`, newest first: every head that is recorded is really one of this ledger. */
  const words = (said: readonly string[]): string[] =>
    said.map((each) => {
      const [, state = '', word = '', count = '', head = ''] =
        /^(\w+) d\d+ ([a-z-]+); ledger (\d+) (\w+)$/.exec(each) ?? [];
      assert.equal(own.lines[Number(count) - 1]?.hash, head, each);
      return `${state}: ${word} at ${count}`;
    });
  /** Waits until so many statuses were asked for; leaves the list as it is. */
  const statusesAsked = async (times: number): Promise<void> => {
    for (let seen = 0; seen < times;) {
      const all = (await (await fetch(`${bench.github.url}/_lab/requests`)).json()) as Asked[];
      seen = all.filter((one) => one.method === 'POST' && one.path.endsWith('/statuses')).length;
    }
    await bench.asked();
  };
  const writes = async () =>
    (await bench.asked())
      .filter(({ method }) => method !== 'GET')
      .map(
        ({ method, path }) =>
          `${method} ${path.replace(`/repos/${OWNER}/${REPOSITORY}`, '').replace(/\d+/, 'N')}`,
      );

  it('moves from queued to success, with the ledger’s head at each word, and touches nothing else', async () => {
    const publication = begin();
    publication.say('going-back');
    await end(publication, 'rolled-back');
    const { commit, payload, said, statuses, id: github } = await newest();
    assert.equal(commit, sha);
    assert.deepEqual(readPayload(payload), {
      ...{ hd: 1, environment: 'prod', deployment: id(), plan: 'abc', count: 1, head: own.lines[0]?.hash },
    });
    assert.equal(words(said)[0], 'failure: rolled-back at 2');
    assert.equal(statuses[0]?.link, '');
    assert.deepEqual(publication.github, { github: { deployment: github } });
    const steps = await writes();
    assert.deepEqual(new Set(steps), new Set(['POST /deployments', 'POST /deployments/N/statuses']));
    assert.deepEqual(notes, []);
  });

  it('says each word when there is time for it', async () => {
    const publication = begin();
    own.add('going-back');
    publication.say('going-back');
    // what was said is sent before the next word is asked for
    while ((await deployments()).length === 0 || (await newest()).said.length < 3);
    await end(publication, 'failed');
    assert.deepEqual(words((await newest()).said), [
      'failure: failed at 3',
      'in_progress: going-back at 2',
      'in_progress: started at 1',
      'queued: planned at 1',
    ]);
  });

  it('keeps the head in a ref too, and finds all of them again, each environment its own', async () => {
    const config = configOf({ gitRef: 'refs/hd/ledger' });
    await end(begin({ config }));
    await end(begin({ config, entry: { deployment: `d${(number += 1)}` } }), 'inconclusive');
    const heads = await publishedHeads(asked(TOKEN), config, prod());
    const ours = heads.filter(({ head }) => own.lines.some((line) => line.hash === head));
    assert.deepEqual(
      ours.filter(({ where }) => where === 'ref').map(({ count, by, deployment }) => [deployment, count, by]),
      [
        [id(), 4, 'login-a'],
        [`d${number - 1}`, 2, 'login-a'],
      ],
    );
    assert.deepEqual(
      new Set(ours.map(({ where, count }) => `${where} ${count}`)),
      new Set([...['ref 4', 'deployment 4', 'deployment 3', 'ref 2', 'deployment 2', 'deployment 1']]),
    );
    assert.equal(ours[0]?.head, own.head);
    const other = prod({ name: 'staging', github: { environment: 'prod' } });
    assert.deepEqual(await publishedHeads(asked(TOKEN), config, other), []);
    assert.deepEqual(await publishedHeads(asked(TOKEN), configOf({ publish: false }), prod()), []);
    assert.deepEqual(notes, []);
  });

  it('leaves a ref alone that somebody uses for something else', async () => {
    await bench.git('push', '--quiet', 'origin', `${sha}:refs/other/prod`);
    await end(begin({ config: configOf({ gitRef: 'refs/other' }) }));
    assert.match(notes.join(), /^warn [^,]*refs\/other\/prod holds something else, and is left alone;/);
    assert.equal(words((await newest()).said)[0], 'success: confirmed at 2');
  });

  it('links the deployment that an Actions job made by itself, and leaves it alone', async () => {
    const before = await bench.commit({ '.github/workflows/ci.yml': WORKFLOW }, 'Deploy', 'ci');
    const [theirs] = await deployments();
    const run = /runs\/(\d+)\//.exec(
      (
        await asked(TOKEN)
          .publishing()
          .statuses(theirs?.id ?? 0)
      )[0]?.link ?? '',
    )?.[1];
    await fetch(`${bench.github.url}/_lab/runs/${run}/ended`);
    const untouched = await asked(TOKEN)
      .publishing()
      .statuses(theirs?.id ?? 0);
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: run ?? '', GITHUB_SHA: before },
      ...{ GITHUB_SERVER_URL: bench.github.url, GITHUB_REPOSITORY: `${OWNER}/${REPOSITORY}` },
    };
    const { tag: _, ...untagged } = release('1.4.0', { commit: before });
    // the second of one job must not take the first for the job's own: its statuses name the run as well
    for (const deployment of [id(), `d${(number += 1)}`]) {
      const publication = begin({
        env,
        entry: { deployment, release: untagged },
      });
      await end(publication);
      const { payload, statuses, id: github } = await newest();
      assert.equal(readPayload(payload)?.actions, theirs?.id);
      assert.deepEqual(publication.github, { github: { deployment: github, actions: theirs?.id } });
      assert.equal(statuses[0]?.link, `${bench.github.url}/${OWNER}/${REPOSITORY}/actions/runs/${run}`);
    }
    assert.deepEqual(
      await asked(TOKEN)
        .publishing()
        .statuses(theirs?.id ?? 0),
      untouched,
    );
  });

  it('goes on with its own deployment when it is resumed, not with one of another ledger', async () => {
    const entries = { resumed: 1 };
    await end(begin(), 'interrupted');
    const [first] = await deployments();
    await end(begin({ entry: entries }));
    assert.equal((await newest()).id, first?.id);
    assert.deepEqual(words((await newest()).said).at(0), 'success: confirmed at 4');
    // the hosts were made anew, and number from the start
    own = new Growing();
    own.add('another');
    await end(begin({ entry: entries }));
    assert.notEqual((await newest()).id, first?.id);
  });

  it('says of a deployment whose operator is dead that it is interrupted', async () => {
    const left = begin();
    while ((await deployments()).length === 0 || left.github.github === undefined);
    const [dead] = await deployments();
    const next = begin({ dead: id(), entry: { deployment: `d${(number += 1)}` } });
    await end(next);
    const [last] = await asked(TOKEN)
      .publishing()
      .statuses(dead?.id ?? 0);
    assert.equal(words([`${last?.state} ${last?.description}`])[0], 'error: interrupted at 2');
    await left.end('interrupted');
  });

  describe('is no condition of the deployment', () => {
    const UNPUBLISHED = /^warn the ledger's head was not published: .*; the next deployment publishes it$/;

    it('warns once when GitHub makes no deployment', async () => {
      await bench.fault({ match: { method: 'POST' }, kind: 'status', status: 500, times: 2 });
      await end(begin());
      assert.equal(notes.length, 1, notes.join('\n'));
      assert.match(notes[0] ?? '', UNPUBLISHED);
      assert.match(notes[0] ?? '', /create a deployment of prod: it answered 500/);
      assert.deepEqual(await writes(), ['POST /deployments', 'POST /deployments']);
    });

    it('warns once when GitHub is silent, and ends', async () => {
      await bench.fault({ match: { path: '/deployments' }, kind: 'timeout', times: 100 });
      await end(begin({ limitMs: 50 }));
      assert.equal(notes.length, 1, notes.join('\n'));
      assert.match(notes[0] ?? '', UNPUBLISHED);
      await fetch(`${bench.github.url}/_lab/faults`, { method: 'DELETE' });
    });

    it('does not speak of a word that the last one made up for', async () => {
      const down = { match: { method: 'POST', path: '/statuses' }, kind: 'status', times: 4 } as const;
      await bench.fault(down);
      const publication = begin();
      // two words, each tried a second time once it was seen not to be there
      await statusesAsked(down.times);
      await end(publication);
      assert.equal(words((await newest()).said)[0], 'success: confirmed at 2');
      assert.deepEqual(notes, []);
    });

    it('does not let a word that hangs hold up the last one', async () => {
      await bench.fault({ match: { method: 'POST', path: '/statuses' }, kind: 'timeout' });
      const publication = begin({ limitMs: 60_000 });
      await statusesAsked(1);
      await end(publication);
      assert.equal(words((await newest()).said)[0], 'success: confirmed at 2');
      assert.deepEqual(notes, []);
    });

    it('leaves GitHub alone for as long as it asks to be', async () => {
      await bench.fault({
        match: { method: 'POST', path: '/statuses' },
        kind: 'secondary-limit',
        retryAfter: 60,
      });
      const publication = begin();
      await statusesAsked(1);
      await end(publication);
      assert.deepEqual(await writes(), []);
      assert.match(notes.join(), UNPUBLISHED);
    });

    it('names the permission that the token lacks', async () => {
      await end(begin({ token: WEAK_TOKEN }));
      assert.match(notes.join(), /it lacks deployments=write on acme\/healthdelta/);
    });

    it('is not even tried without a token, without a wish, and for this machine alone', async () => {
      const { github: _, ...here } = prod();
      await end(begin({ token: '' }));
      await end(begin({ config: configOf({ publish: false, gitRef: 'refs/hd/ledger' }) }));
      await end(begin({ environment: here }));
      assert.deepEqual(await bench.asked(), []);
      assert.deepEqual(notes, []);
    });
  });
});

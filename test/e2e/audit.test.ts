import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonical, sha256 } from '../../src/lib/domain/canonical.ts';
import type { LedgerEntry } from '../../src/lib/domain/ledger.ts';
import { run } from '../../src/lib/lab/process.ts';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import type { HdResult } from './support/lab.ts';
import { project, WEB, type Project } from './support/project.ts';

const HD = '/opt/healthdelta/.hd';
const [A, B, C] = WEB;

/** A ledger in the form that hd writes, each line after the one before, whatever was done to its entries. */
function rechained(entries: readonly LedgerEntry[]): string[] {
  const texts: string[] = [];
  for (const { prev: _, ...entry } of entries) {
    const last = texts.at(-1);
    texts.push(canonical({ ...entry, ...(last === undefined ? {} : { prev: sha256(last) }) }));
  }
  return texts;
}

describe('hd audit', function () {
  this.timeout(90_000);
  let here: Project;
  let dir: string;
  let lines: string[];
  const entries = (): LedgerEntry[] => lines.map((line) => JSON.parse(line) as LedgerEntry);

  const onHost = (host: string, script: string, input?: string): Promise<string> =>
    here.lab.onHost(host, ['sh', '-c', script], input);
  const onAll = (script: string, input?: string): Promise<string[]> =>
    Promise.all(WEB.map((host) => onHost(host, script, input)));
  const put = (texts: readonly string[]): string => texts.map((line) => `${line}\n`).join('');
  const verify = (...args: string[]): Promise<HdResult> => here.hd(['audit', 'verify', 'prod', ...args]);

  before(async function () {
    this.timeout(600_000);
    here = await project();
    dir = await mkdtemp(join(tmpdir(), 'hd-test-audit-'));
    await here.fresh('prod', 'v1.4.0', 'v1.5.0');
    lines = (await onHost(A, `cat ${HD}/ledger.jsonl`)).trimEnd().split('\n');
    await onAll(`rm -rf /hd.kept && cp -a ${HD} /hd.kept`);
  });
  after(async () => {
    await onAll('rm -rf /hd.kept');
    await rm(dir, { recursive: true, force: true });
  });
  afterEach(() => onAll(`rm -rf ${HD} && cp -a /hd.kept ${HD}`));

  it('proves a ledger that nobody touched, and hd history says the same of it', async () => {
    const result = await verify();
    const head = sha256(lines.at(-1) ?? '').slice(0, 12);
    assertEnding(result, {
      exit: 0,
      outcome: 'verified',
      serves: `the ledger of prod is what hd wrote: ${lines.length} entries`,
      says: [
        `+ chain ${lines.length} entries, each after the one before`,
        `+ copies the same on 3 of 3 hosts, head ${head}`,
        '+ journals 6 of 6 as recorded, of 2 deployments',
        /\+ heads (\d) of \1 published heads as recorded, the last with d2/,
        '- signed 0 of 2 finished entries',
      ],
      next: ['hd history prod'],
    });
    const value = jsonOf(await verify('--json'));
    const [found] = value['environments'] as {
      rows: { check: string; state: string }[];
      unpublished: number;
    }[];
    assert.deepEqual(
      found?.rows.map(({ check, state }) => `${check} ${state}`),
      ['chain passed', 'copies passed', 'journals passed', 'heads passed', 'signed not-checked'],
    );
    assert.equal(found.unpublished, 0);
    const history = await here.hd(['history', 'prod']);
    assertFound(history.stdout, `${lines.length} entries, chain whole, head ${head}, same on 3 of 3 hosts`);
  });

  describe('where somebody was at the file of one host with an editor', () => {
    const file = `${HD}/ledger.jsonl`;
    for (const [what, script, says] of [
      [
        'altered a line',
        `sed -i '3s/"outcome":"confirmed"/"outcome":"failed"/' ${file}`,
        [/x chain web-2: entry 3 \(d1, finished\) was altered outcome is "failed"; wanted "confirmed"/],
      ],
      ['took one out of the middle', `sed -i 3d ${file}`, ['web-2: entry 3 (d1, finished) is missing']],
      ['took the first one out', `sed -i 1d ${file}`, ['web-2: entry 1 (d1, planned) is missing']],
      [
        'swapped two',
        `sed -i '2{h;d};3G' ${file}`,
        ['web-2: entry 2 (d1, started) stands where entry 3 belongs'],
      ],
      [
        'wrote one twice',
        `sed -i '3{p}' ${file}`,
        ['web-2: entry 4 (d1, finished) is entry 3 a second time'],
      ],
      [
        'put one in',
        `sed -i '3s/.*/&\\n{"v":1}/' ${file}`,
        ['web-2: entry 4 is in no other copy: it was put there'],
      ],
      [
        'altered the last line',
        `sed -i '$s/"outcome":"confirmed"/"outcome":"failed"/' ${file}`,
        [/x copies web-1, web-3 and web-2 tell two stories after entry 5 \(d2, started\)/],
      ],
    ] as const) {
      it(`names the place: ${what}`, async () => {
        await onHost(B, script);
        assertEnding(await verify(), {
          exit: 5,
          outcome: 'not verified',
          serves: 'the ledger of prod',
          says,
          next: [
            'hd audit export prod -o prod-ledger.jsonl',
            'hd audit reconcile prod --keep web-1 --why WHY',
          ],
        });
      });
    }

    it('says what is no lie: an end that is missing, and a line without its end', async () => {
      await onHost(B, `sed -i '$d' ${file}`);
      await onHost(C, `printf '{"half' >> ${file}`);
      assertEnding(await verify(), {
        exit: 0,
        outcome: 'verified',
        serves: /; 3 remarks$/,
        says: [
          '! copies web-2 is 1 entry behind web-1, web-3',
          '! chain web-3 ends with a line without its end it was never acknowledged',
        ],
      });
    });
  });

  it('finds by the published heads what was rewritten, or cut off, on every host', async () => {
    const forged = rechained(
      entries().map((entry, at) => (at === 2 ? { ...entry, outcome: 'failed' } : entry)),
    );
    await onAll(`cat > ${HD}/ledger.jsonl`, put(forged));
    assertEnding(await verify(), {
      exit: 5,
      outcome: 'not verified',
      says: [
        `+ chain ${lines.length} entries`,
        /x heads head [0-9a-f]{12}, published with d1 in its GitHub Deployment, was entry 3 \(d1, finished\), which is [0-9a-f]{12} now/,
        'altered or removed: one of the entries 3 to 3; entry 2 is as published',
      ],
    });
    await onAll(`cat > ${HD}/ledger.jsonl`, put(lines.slice(0, -1)));
    assertEnding(await verify(), {
      exit: 5,
      outcome: 'not verified',
      says: [new RegExp(`was entry ${lines.length}; the ledger ends with entry ${lines.length - 1}`)],
    });
    const offline = await here.hd(['audit', 'verify', 'prod'], {
      env: { GITHUB_API_URL: 'http://127.0.0.1:9' },
    });
    assertEnding(offline, {
      exit: 0,
      outcome: 'verified',
      says: [/! heads not checked: .*127\.0\.0\.1:9/],
    });
  });

  it('holds the journals of every host against the ledger', async () => {
    await onHost(A, `sed -i '1s/"cause":"/"cause":"not /' ${HD}/journals/d1.jsonl`);
    await onHost(B, `rm ${HD}/journals/d2.jsonl`);
    await onHost(C, `sed -i '$d' ${HD}/journals/d2.jsonl`);
    assertEnding(await verify(), {
      exit: 5,
      outcome: 'not verified',
      says: [
        /x journals d1 on web-1 was altered: its lines come to [0-9a-f]{12}/,
        'x journals d2 on web-2 is missing',
        /x journals d2 on web-3 was cut: it has \d+ lines/,
      ],
      next: ['hd audit export prod -o prod-ledger.jsonl'],
    });
  });

  it('says which host it could not read, and ends as it did not know', async () => {
    await here.lab.cut(C);
    try {
      assertEnding(await verify(), {
        exit: 11,
        outcome: 'unreachable',
        serves: 'the ledger is what hd wrote on 2 of 3 hosts; web-3 not known',
        next: ['hd audit verify prod'],
      });
      await onHost(B, `sed -i 3d ${HD}/ledger.jsonl`);
      assert.equal((await verify()).exit, 5);
    } finally {
      await here.lab.mend(C);
    }
  });

  describe('where two hosts tell two stories', () => {
    const reconcile = (keep: string, ...args: string[]): Promise<HdResult> =>
      here.hd(['audit', 'reconcile', 'prod', '--keep', keep, '--why', 'restored from an old copy', ...args]);
    const agreed = ['--confirm', 'prod'];
    const added = (name: string): string => {
      const [last = ''] = lines.slice(-1);
      const { prev: _, ...entry } = JSON.parse(last) as LedgerEntry;
      return canonical({
        ...{ ...entry, prev: sha256(last), kind: 'refused', reason: name },
        ...{ deployment: undefined, outcome: undefined, journals: undefined, hosts: [] },
      });
    };
    const ledgerOf = (host: string): Promise<string> => onHost(host, `cat ${HD}/ledger.jsonl`);

    beforeEach(async () => {
      for (const [host, story] of [
        [A, 'one'],
        [B, 'two'],
        [C, 'one'],
      ] as const)
        await onHost(host, `cat >> ${HD}/ledger.jsonl`, `${added(story)}\n`);
    });

    it('shows both, deploys nothing, and keeps the one that a person chooses', async () => {
      assertEnding(await verify(), {
        exit: 5,
        outcome: 'not verified',
        serves: 'the ledger of prod tells two stories',
        says: [
          `x copies web-1, web-3 and web-2 tell two stories after entry ${lines.length} (d2, finished)`,
          `web-2: 1 entry after it, head ${sha256(added('two')).slice(0, 12)}`,
        ],
        next: [
          'hd audit reconcile prod --keep web-1 --why WHY',
          'hd audit reconcile prod --keep web-2 --why WHY',
        ],
      });
      assert.equal((await here.hd(['deploy', 'prod', '--tag', 'v1.4.0', ...agreed])).exit, 5);

      const before = await Promise.all(WEB.map(ledgerOf));
      assertEnding(await reconcile(A, '--dry-run'), {
        exit: 0,
        outcome: 'planned',
        serves: 'prod serves v1.5.0 on 3 of 3 hosts; nothing was changed',
        says: [
          `in common up to entry ${lines.length}`,
          'kept web-1, web-3: 1 entry',
          'set aside web-2: 1 entry',
        ],
      });
      assert.deepEqual(await Promise.all(WEB.map(ledgerOf)), before);
      assert.equal((await reconcile(A)).exit, 2, 'prod needs its name');

      assertEnding(await reconcile(A, ...agreed), {
        exit: 0,
        outcome: 'reconciled',
        serves: 'prod serves v1.5.0 on 3 of 3 hosts; its ledger tells one story',
        next: ['hd audit verify prod'],
      });
      const [kept = '', ...others] = await Promise.all(WEB.map(ledgerOf));
      assert.deepEqual(others, [kept, kept]);
      const last = JSON.parse(kept.trimEnd().split('\n').at(-1) ?? '') as LedgerEntry;
      const [one, two] = [sha256(added('one')), sha256(added('two'))];
      assert.deepEqual(
        [last.kind, last.keep, last.reason, last.heads],
        ['reconciled', A, 'restored from an old copy', { [A]: one, [B]: two, [C]: one }],
      );
      assert.equal(await onHost(B, `cat ${HD}/ledger-${two}.jsonl`), before[1]);
      assertEnding(await verify(), {
        exit: 0,
        outcome: 'verified',
        says: ['+ aside 1 story of reconciled forks, kept whole', '2 entries after it not published yet'],
      });
      assertEnding(await reconcile(A, ...agreed), { exit: 0, outcome: 'no change' });
      assert.equal(await ledgerOf(A), kept);
      assertFound((await here.hd(['history', 'prod', '--outcome', 'reconciled'])).stdout, 'keeps web-1');

      await onHost(B, `rm ${HD}/ledger-${two}.jsonl`);
      assertEnding(await verify(), {
        exit: 5,
        outcome: 'not verified',
        says: [/x aside web-2: the story that entry \d+ \(reconciled\) names is missing/],
      });
    });

    it('goes on where it was ended, and writes its entry once', async () => {
      // What web-2 has can't be set aside: as if hd had been killed after the story that is kept got its entry.
      const aside = `${HD}/ledger-${sha256(added('two'))}.jsonl`;
      await onHost(B, `mkdir ${aside}`);
      assertEnding(await reconcile(A, ...agreed), {
        exit: 9,
        outcome: 'not reconciled',
        serves: 'the ledger of prod still tells more than one story',
        next: ["hd audit reconcile prod --keep web-1 --why 'restored from an old copy'"],
      });
      await onHost(B, `rm -rf ${aside}`);
      assertEnding(await reconcile(A, ...agreed), { exit: 0, outcome: 'reconciled' });
      const kept = await ledgerOf(B);
      assert.equal(kept.match(/"kind":"reconciled"/g)?.length, 1);
      assert.equal(kept, await ledgerOf(A));
      assert.equal((await verify()).exit, 0);
    });

    it('mends a host whose ledger is no ledger any more, and keeps no such one', async () => {
      await onHost(B, `echo nonsense > ${HD}/ledger.jsonl`);
      assertEnding(await reconcile(B, ...agreed), {
        exit: 5,
        outcome: 'not verified',
        says: ['the ledger of web-2 is not whole: entry 1 is not JSON'],
      });
      assertEnding(await reconcile(C, ...agreed), { exit: 0, outcome: 'reconciled' });
      assertEnding(await verify(), {
        exit: 0,
        outcome: 'verified',
        says: ['is not whole: entry 1 is not JSON as it was when it gave way'],
      });
      assertEnding(await reconcile('web-9', ...agreed), {
        exit: 2,
        outcome: 'usage',
        says: ['web-9 is no host of prod'],
      });
    });
  });

  it('exports what can be verified without hd.yml, hosts or network, and shows an edit', async () => {
    const file = join(dir, 'prod.jsonl');
    const made = await here.hd(['audit', 'export', 'prod', '-o', file]);
    assertEnding(made, {
      exit: 0,
      outcome: 'exported',
      serves: `${lines.length} entries of prod, from web-1..3`,
      next: [`hd audit verify --file ${file}`],
    });
    const alone = {
      cwd: dir,
      env: { HD_SSH_CONFIG: '/nowhere', GITHUB_API_URL: undefined, GH_TOKEN: undefined },
    };
    const offline = (...args: string[]): Promise<HdResult> =>
      here.hd(['audit', 'verify', '--file', ...args], alone);
    const text = await readFile(file, 'utf8');
    assert.deepEqual(text.split('\n').slice(1, lines.length + 1), lines);
    assertEnding(await offline(file), {
      exit: 0,
      outcome: 'verified',
      says: ['+ copies the same on 3 of 3 hosts', '+ journals 6 of 6', '+ heads'],
    });
    await writeFile(file, text.replace('"outcome":"confirmed"', '"outcome":"failed"'));
    assertEnding(await offline(file), {
      exit: 5,
      outcome: 'not verified',
      says: ['x file it was changed after it was exported', 'entry 4 (d2, planned) does not follow entry 3'],
    });

    const csv = await here.hd(['audit', 'export', 'prod', '--format', 'csv']);
    assert.equal(csv.exit, 0, csv.stderr);
    const table = join(dir, 'prod.csv');
    await writeFile(table, csv.stdout);
    assert.equal((await offline(table)).exit, 0);
    await writeFile(table, csv.stdout.replace(',confirmed,', ',failed,'));
    assertEnding(await offline(table), {
      exit: 5,
      outcome: 'not verified',
      says: ['x file row 3: outcome is not what its entry says'],
    });
    const part = await here.hd(['audit', 'export', 'prod', '--since', '2100-01-01']);
    assert.equal((JSON.parse(part.stdout.split('\n')[0] ?? '') as { count: number }).count, 0);
    assert.equal((await here.hd(['audit', 'export', 'prod', '--since', 'soon'])).exit, 2);
  });

  it('tells who signed what was finished', async () => {
    const key = (name: string): string => join(dir, name);
    for (const name of ['own', 'stranger'])
      await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key(name)]);
    await writeFile(key('allowed'), `login-a ${await readFile(key('own.pub'), 'utf8')}`);
    await here.fresh('orin', 'v1.4.0');
    const before = await onHost('orin', `cat ${HD}/ledger.jsonl`);
    const deploy = (tag: string, file: string): Promise<HdResult> =>
      here.hd(['deploy', 'orin', '--tag', tag, '--yes', '--signing-key', file]);
    assertEnding(await deploy('v1.5.0', key('none')), {
      exit: 2,
      outcome: 'usage',
      says: [/none can't sign/],
    });
    assert.equal(await onHost('orin', `cat ${HD}/ledger.jsonl`), before);

    assert.equal((await deploy('v1.5.0', key('own'))).exit, 0);
    const signers = ['--allowed-signers', key('allowed')];
    const orin = (...args: string[]): Promise<HdResult> =>
      here.hd(['audit', 'verify', 'orin', ...signers, ...args]);
    assertEnding(await orin(), {
      exit: 0,
      outcome: 'verified',
      says: ['! signed 1 of 2 finished entries: login-a 1'],
    });
    assertEnding(await orin('--require-signatures'), {
      exit: 5,
      outcome: 'not verified',
      serves: 'the ledger of orin is not signed as wanted',
      says: ['x signed entry 3 (d1, finished) is not signed'],
    });
    assert.equal((await deploy('v1.4.0', key('stranger'))).exit, 0);
    assertEnding(await orin(), {
      exit: 5,
      outcome: 'not verified',
      says: [
        /x signed entry 9 \(d3, finished\): signed with ED25519 SHA256:\S+, which is no allowed signer's/,
      ],
    });
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCsvExport, writeCsv } from '../../../src/lib/domain/audit/csv-export.ts';
import type { Copy, Evidence } from '../../../src/lib/domain/audit/evidence.ts';
import { evidenceOf } from '../../../src/lib/domain/audit/file.ts';
import { audit } from '../../../src/lib/domain/audit/index.ts';
import { writeJsonl } from '../../../src/lib/domain/audit/jsonl.ts';
import { partOf } from '../../../src/lib/domain/audit/range.ts';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import { readCsv } from '../../../src/lib/domain/csv.ts';
import { headOf } from '../../../src/lib/domain/journal.ts';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import { momentOf } from '../../../src/lib/domain/moment.ts';
import type { PublishedHead } from '../../../src/lib/domain/publication.ts';
import { entry, ledger, release } from '../../support/core.ts';

const HOSTS = ['prod-1', 'prod-2', 'prod-3'];
const DAY = (n: number): string => `2026-11-${String(n).padStart(2, '0')}T10:00:00.000Z`;
const journalOf = (deployment: string, host: string): string => `{"of":"${deployment} ${host}"}\n{"rc":0}\n`;

function textsOf(entries: readonly LedgerEntry[]): string[] {
  return ledger(entries).map((line) => canonical(line.entry));
}

/** Three deployments on three hosts, with their journals. */
function entries(rest: Partial<LedgerEntry> = {}): LedgerEntry[] {
  return [1, 2, 3].flatMap((n) => {
    const deployment = `d${n}`;
    const journals = Object.fromEntries(HOSTS.map((host) => [host, headOf(journalOf(deployment, host))]));
    return [
      entry({ kind: 'started', deployment, at: DAY(n), release: release('1.4.0') }),
      entry({ deployment, at: DAY(n), outcome: 'confirmed', release: release('1.4.0'), journals, ...rest }),
    ];
  });
}

const TEXTS = textsOf(entries());

function copyOf(host: string, texts: readonly string[] = TEXTS): Copy {
  const journals = new Map(['d1', 'd2', 'd3'].map((id) => [id, journalOf(id, host)]));
  return { host, texts, setAside: [], journals };
}

function head(count: number, rest: Partial<PublishedHead> = {}): PublishedHead {
  const deployment = `d${Math.ceil(count / 2)}`;
  const hash = sha256(TEXTS[count - 1] ?? '');
  return { deployment, count, head: hash, at: DAY(20), by: 'login-a', where: 'deployment', ...rest };
}

function evidence(rest: Partial<Evidence> = {}): Evidence {
  return {
    environment: 'prod',
    since: { count: 0 },
    copies: HOSTS.map((host) => copyOf(host)),
    unread: [],
    published: { heads: [head(6), head(4), head(2)] },
    problems: [],
    ...rest,
  };
}

const withCopy = (copy: Copy): Copy[] => HOSTS.map((host) => (host === copy.host ? copy : copyOf(host)));

/** Rows as text, with what stands below them. */
function rows(of: Evidence, requireSignatures = false): string[] {
  const SIGNS = { ok: '+', fail: 'x', warn: '!', idle: '-', busy: '*' };
  return audit(of, { requireSignatures }).rows.flatMap(({ mark, label, text, more = [] }) => [
    `${SIGNS[mark ?? 'idle']} ${label}: ${text}`,
    ...more.map((line) => `    ${line}`),
  ]);
}

const wrong = (of: Evidence): string[] => rows(of).filter((row) => /^[x ]/.test(row));

describe('an audit', () => {
  it('says what was checked, where nothing is wrong', () => {
    const found = audit(evidence(), { requireSignatures: false });
    assert.deepEqual(rows(evidence()), [
      '+ chain: 6 entries, each after the one before',
      `+ copies: the same on 3 of 3 hosts, head ${head(6).head.slice(0, 12)}`,
      '+ journals: 9 of 9 as recorded, of 3 deployments',
      '+ heads: 3 of 3 published heads as recorded, the last with d3',
      '- signed: 0 of 3 finished entries',
    ]);
    assert.deepEqual(
      [found.wrong, found.entries, found.head, found.unpublished],
      [false, 6, head(6).head, 0],
    );
  });

  it('names the host, the entry and the field of what was altered on one of them', () => {
    const forged = TEXTS.with(1, canonical({ ...(JSON.parse(TEXTS[1] ?? '') as object), outcome: 'failed' }));
    const found = evidence({ copies: withCopy(copyOf('prod-2', forged)) });
    assert.deepEqual(wrong(found), [
      'x chain: prod-2: entry 2 (d1, finished) was altered',
      '    outcome is "failed"; wanted "confirmed"',
      '    beside the copy of prod-1, prod-3',
    ]);
  });

  it('finds one story that was rewritten on every host by what was published', () => {
    const rewritten = textsOf(entries().with(3, entry({ deployment: 'd2', at: DAY(2), outcome: 'failed' })));
    const found = wrong(evidence({ copies: HOSTS.map((host) => copyOf(host, rewritten)) }));
    assert.equal(found.length, 4);
    assert.match(
      found[0] ?? '',
      /^x heads: head [0-9a-f]{12}, published with d2 in its GitHub Deployment, was entry 4/,
    );
    assert.equal(found[1], '    altered or removed: one of the entries 3 to 4; entry 2 is as published');
  });

  it('finds an end that was cut off on every host, and a ledger that was removed, by what was published', () => {
    const cut = (texts: readonly string[]): Evidence =>
      evidence({ copies: HOSTS.map((host) => copyOf(host, texts)) });
    assert.match(wrong(cut(TEXTS.slice(0, 5)))[0] ?? '', /was entry 6; the ledger ends with entry 5$/);
    assert.deepEqual(wrong(cut([])), [
      'x ledger: empty, and its entry 6 was published with d3: it was removed',
    ]);
    // A host that was not read may have them.
    const away = { ...cut(TEXTS.slice(0, 5)), unread: [{ host: 'prod-4', why: 'no answer' }] };
    assert.deepEqual(wrong(away), []);
  });

  it('says how many entries at the end are not published yet', () => {
    const found = evidence({ published: { heads: [head(4)] } });
    assert.equal(audit(found, { requireSignatures: false }).unpublished, 2);
    assert.ok(
      rows(found).includes(
        '+ heads: 1 of 1 published heads as recorded, the last with d2; 2 entries after it not published yet',
      ),
    );
  });

  it('is never green for what was not checked', () => {
    const found = evidence({
      copies: [copyOf('prod-1')],
      unread: [{ host: 'prod-2', why: 'no answer' }],
      published: { why: 'no token', asked: true },
    });
    const marks = new Map(rows(found).map((row) => [row.slice(2).split(':')[0], row.slice(0, 1)]));
    assert.deepEqual(
      ['copies', 'journals', 'heads', 'signed'].map((name) => marks.get(name)),
      ['!', '!', '!', '-'],
    );
    assert.deepEqual(wrong(found), []);
  });

  it('tells a copy that is behind from two stories', () => {
    const behind = evidence({ copies: withCopy(copyOf('prod-3', TEXTS.slice(0, 4))) });
    assert.deepEqual(wrong(behind), []);
    assert.ok(rows(behind).includes('! copies: prod-3 is 2 entries behind prod-1..2'));
    const other = [...TEXTS.slice(0, 4), ...textsOf(entries({ outcome: 'failed' })).slice(4)];
    const chained = textsOf([...entries().slice(0, 4), ...entries({ outcome: 'failed' }).slice(4)]);
    assert.notDeepEqual(other, chained);
    const fork = evidence({ copies: withCopy(copyOf('prod-2', chained)) });
    const ends = [TEXTS[5], chained[5]].map((text) => sha256(text ?? '').slice(0, 12));
    assert.deepEqual(wrong(fork), [
      'x copies: prod-1, prod-3 and prod-2 tell two stories after entry 5 (d3, started)',
      `    prod-1, prod-3: 1 entry after it, head ${ends[0] ?? ''}`,
      `    prod-2: 1 entry after it, head ${ends[1] ?? ''}`,
    ]);
    assert.deepEqual(audit(fork, { requireSignatures: false }).fork, ['prod-1', 'prod-2']);
  });

  it('holds journals against what the ledger recorded of them', () => {
    const journals = (change: (journals: Map<string, string>) => void): Evidence => {
      const copy = copyOf('prod-2');
      const map = new Map(copy.journals);
      change(map);
      return evidence({ copies: withCopy({ ...copy, journals: map }) });
    };
    const first = (of: Evidence): string => wrong(of)[0] ?? '';
    assert.equal(first(journals((map) => map.delete('d2'))), 'x journals: d2 on prod-2 is missing');
    assert.equal(
      first(journals((map) => map.set('d2', '{}\n'))),
      'x journals: d2 on prod-2 was cut: it has 1 line',
    );
    assert.match(
      first(journals((map) => map.set('d2', '{}\n{}\n'))),
      /^x journals: d2 on prod-2 was altered: /,
    );
    const longer = journals((map) => map.set('d2', `${journalOf('d2', 'prod-2')}{"late":1}\n`));
    assert.deepEqual(wrong(longer), []);
    assert.ok(rows(longer).includes('! journals: d2 on prod-2 has 1 line more than when it was recorded'));
  });

  it('wants the story that gave way to be there, whole', () => {
    const lost = textsOf([...entries().slice(0, 5), entry({ deployment: 'd3', outcome: 'failed' })]);
    const [kept, other] = [sha256(TEXTS[5] ?? ''), sha256(lost[5] ?? '')];
    const reconciled = entry({
      ...{ kind: 'reconciled', verb: 'reconcile', keep: 'prod-1', at: DAY(4) },
      heads: { 'prod-1': kept, 'prod-2': other, 'prod-3': sha256(TEXTS[3] ?? '') },
    });
    const texts = textsOf([...entries(), reconciled]);
    const aside = (text: string | undefined): Evidence =>
      evidence({
        copies: HOSTS.map((host) => ({
          ...copyOf(host, texts),
          setAside: host === 'prod-2' && text !== undefined ? [{ head: other, text }] : [],
        })),
      });
    const file = `${lost.join('\n')}\n`;
    assert.deepEqual(wrong(aside(file)), []);
    assert.ok(rows(aside(file)).includes('+ aside: 1 story of reconciled forks, kept whole'));
    assert.equal(
      wrong(aside(undefined))[0],
      'x aside: prod-2: the story that entry 7 (reconciled) names is missing',
    );
    assert.match(
      wrong(aside(`${lost.slice(1).join('\n')}\n`))[0] ?? '',
      /is not whole: entry 1 \(d1, finished\)/,
    );
    assert.match(wrong(aside(TEXTS.join('\n')))[0] ?? '', /is not the one that gave way$/);
  });

  it('counts signatures, and finds those that are wrong or missing', () => {
    const texts = textsOf(entries().map((each, at) => (at < 4 ? { ...each, signature: 's' } : each)));
    const hash = (n: number): string => sha256(texts[n] ?? '');
    const copies = HOSTS.map((host) => copyOf(host, texts));
    const published = { why: 'hd.yml names no repository', asked: false };
    const signed = (d2: { by: string; key: string } | { problem: string }): Evidence =>
      evidence({
        copies,
        published,
        signatures: new Map([
          [hash(1), { by: 'login-a', key: 'K' }],
          [hash(3), d2],
        ]),
      });
    const good = signed({ by: 'login-b', key: 'L' });
    assert.ok(rows(good).includes('! signed: 2 of 3 finished entries: login-a 1, login-b 1'));
    assert.deepEqual(wrong(good), []);
    assert.deepEqual(wrong(signed({ problem: "signed with M, which is no allowed signer's" })), [
      "x signed: entry 4 (d2, finished): signed with M, which is no allowed signer's",
    ]);
    assert.ok(rows(good, true).includes('x signed: entry 6 (d3, finished) is not signed'));
    assert.ok(
      rows(evidence({ copies, published })).includes(
        '- signed: 2 of 3 finished entries; by whom was not checked: --allowed-signers FILE',
      ),
    );
  });

  it('is of nothing where nothing was deployed', () => {
    const none = evidence({ copies: HOSTS.map((host) => copyOf(host, [])), published: { heads: [] } });
    assert.deepEqual(rows(none), ['- ledger: empty on 3 hosts: nothing was ever deployed']);
  });

  it('survives entries that no hd wrote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.json(), fc.constantFrom(...TEXTS), fc.string()), { maxLength: 8 }),
        (lines) => {
          const texts = lines.map((line) => line.replaceAll('\n', ' '));
          const found = audit(evidence({ copies: withCopy(copyOf('prod-2', texts)) }), {
            requireSignatures: false,
          });
          assert.ok(
            found.wrong || texts.every((text, index) => text === TEXTS[index]),
            rows(evidence()).join(),
          );
        },
      ),
    );
  });
});

describe('an exported ledger', () => {
  const about = { app: 'healthdelta', hd: '0.1.0', exportedAt: DAY(20) };
  const exported = (of: Evidence = evidence(), texts = TEXTS): string => writeJsonl(of, texts, about);

  it('proves what the hosts prove', () => {
    const copies = withCopy({ ...copyOf('prod-2', TEXTS.slice(0, 4)), torn: '{"half' });
    for (const each of [
      evidence(),
      evidence({ copies, unread: [{ host: 'prod-4', why: 'no answer' }] }),
      evidence({ published: { why: 'no token', asked: true } }),
    ])
      assert.deepEqual(rows(evidenceOf(exported(each))), rows(each));
    const lines = exported().split('\n');
    assert.deepEqual(lines.slice(1, 7), TEXTS);
  });

  it('shows whatever was done to it', () => {
    const text = exported();
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (n, code) => {
        const at = n % text.length;
        const edited = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(edited !== text);
        assert.ok(
          audit(evidenceOf(edited), { requireSignatures: false }).wrong,
          edited.slice(at - 20, at + 20),
        );
      }),
    );
    const lines = text.split('\n').slice(0, -1);
    for (const [index] of lines.entries()) {
      const cut = lines
        .toSpliced(index, 1)
        .map((line) => `${line}\n`)
        .join('');
      assert.ok(audit(evidenceOf(cut), { requireSignatures: false }).wrong, `without line ${index + 1}`);
    }
    assert.ok(wrong(evidenceOf(text.slice(0, -1))).includes('x file: its end is missing: the file was cut'));
    const first = wrong(evidenceOf(text.replace('"outcome":"confirmed"', '"outcome":"failed"')));
    assert.ok(first.includes('x file: it was changed after it was exported'), first.join('\n'));
    assert.ok(first.some((row) => row.includes('entry 3 (d2, started) does not follow entry 2')));
  });

  it('has a part without a gap, which says what stands before it', () => {
    const range = { since: Date.parse(DAY(2)), until: Date.parse(DAY(2)) };
    const part = partOf(evidence(), TEXTS, range);
    const text = exported(part.evidence, [...part.texts]);
    assert.deepEqual(text.split('\n').slice(1, 3), TEXTS.slice(2, 4));
    const header = JSON.parse(text.split('\n')[0] ?? '') as Record<string, unknown>;
    assert.deepEqual([header['first'], header['last'], header['prev']], [3, 4, head(2).head]);
    const found = rows(evidenceOf(text));
    assert.deepEqual(found.slice(0, 4), [
      '+ chain: entries 3 to 4, each after the one before',
      `+ copies: the same on 3 of 3 hosts, head ${head(4).head.slice(0, 12)}`,
      '+ journals: 3 of 3 as recorded, of 1 deployment',
      '+ heads: 1 of 1 published heads as recorded, the last with d2',
    ]);
    assert.equal(partOf(evidence(), TEXTS, { since: Date.parse(DAY(9)) }).texts.length, 0);
  });

  it('may be the file of a host, as it is', () => {
    const found = evidenceOf(`${TEXTS.join('\n')}\n`);
    assert.deepEqual(rows(found), [
      '+ chain: 6 entries, each after the one before',
      '- rest: copies, journals and published heads are not in this file',
      '- signed: 0 of 3 finished entries',
    ]);
    assert.equal(found.environment, 'prod');
  });
});

describe('a ledger in CSV', () => {
  const hostile = textsOf([
    entry({
      kind: 'started',
      deployment: 'd1',
      actor: { name: '=HYPERLINK("x")', proven: false, machine: 'm' },
    }),
    entry({ deployment: 'd1', reason: 'a "quoted", reason\r\nof two lines', outcome: 'failed' }),
    entry({
      kind: 'approved',
      plan: '7c1e09ab42d8',
      approval: {
        ...{ by: 'login-b', role: 'qa-lead', meaning: 'review', comment: '=1+1, "fine"\nby me' },
        ...{ at: DAY(3), url: 'https://github.com/acme/app/issues/4#issuecomment-9' },
      },
    }),
  ]);

  it('is read back as it was written, and holds no formula', () => {
    const text = writeCsv(hostile, 13);
    const table = readCsv(text) ?? [];
    const [, first = [], second = []] = table;
    assert.equal(table.length, 5);
    assert.ok(text.endsWith('\r\n'));
    assert.equal(first[8], '\'=HYPERLINK("x")');
    assert.equal(second[10], 'a "quoted", reason\r\nof two lines');
    assert.deepEqual([first[0], second[13]], ['14', hostile[1]]);
    assert.deepEqual(rows(evidenceOf(text)).slice(0, 1), [
      '+ chain: entries 14 to 16, each after the one before',
    ]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const approval = { by: text, role: text, meaning: text, comment: text, at: text, url: text };
        const breakGlass = { incident: text, reason: text, gates: [text] };
        const texts = textsOf([entry({ reason: text, approval, breakGlass })]);
        for (const row of readCsv(writeCsv(texts, 0)) ?? [])
          for (const cell of row) assert.match(cell, /^(?![=+\-@\t\r])/);
      }),
    );
  });

  it('tells who approved what, in which role, when and why; what was asked; and what was skipped', () => {
    const plan = '7c1e'.repeat(16);
    const issue = 'https://github.com/acme/app/issues/4';
    const said = textsOf([
      entry({
        ...{ kind: 'requested', at: DAY(2), plan },
        request: { issue: 4, url: issue, body: 'b0d1', expires: DAY(3) },
      }),
      entry({
        ...{ kind: 'approved', at: DAY(3), deployment: 'd1', plan },
        approval: {
          ...{ by: 'login-b', role: 'qa-lead', meaning: 'review', comment: 'Tested, all "green"' },
          ...{ at: DAY(2), url: `${issue}#issuecomment-9` },
        },
      }),
      entry({
        ...{ kind: 'started', at: DAY(3), deployment: 'd1', plan },
        breakGlass: {
          ...{ incident: 'INC-7', reason: 'Login is down', gates: ['window', 'rate'] },
          review: 'https://github.com/acme/app/issues/5',
        },
      }),
    ]);
    const [head, ...lines] = writeCsv(said, 0).split('\r\n');
    assert.equal(
      head,
      'number,at,kind,verb,deployment,version,commit,outcome,actor,proven,reason,hash,prev,line,' +
        'plan,approver,role,meaning,approved,comment,expires,incident,emergency,skipped,url',
    );
    const [asked = '', agreed = '', broken = ''] = said;
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    assert.deepEqual(lines, [
      `1,2026-11-02T10:00:00.000Z,requested,deploy,,,,,login-a,true,,${sha256(asked)},,${quoted(asked)},` +
        `${plan},,,,,,2026-11-03T10:00:00.000Z,,,,${issue}`,
      `2,2026-11-03T10:00:00.000Z,approved,deploy,d1,,,,login-a,true,,${sha256(agreed)},${sha256(asked)},${quoted(agreed)},` +
        `${plan},login-b,qa-lead,review,2026-11-02T10:00:00.000Z,"Tested, all ""green""",,,,,${issue}#issuecomment-9`,
      `3,2026-11-03T10:00:00.000Z,started,deploy,d1,,,,login-a,true,,${sha256(broken)},${sha256(agreed)},${quoted(broken)},` +
        `${plan},,,,,,,INC-7,Login is down,"window, rate",https://github.com/acme/app/issues/5`,
      `end,,"3 entries, 1 to 3",,,,,,,,,${sha256(broken)},,,,,,,,,,,,,`,
      '',
    ]);
  });

  it('shows an edit in any of its columns', () => {
    const text = writeCsv(hostile, 0);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0x21, max: 0x7e }), (n, code) => {
        const at = n % text.length;
        const edited = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(edited !== text);
        assert.ok(audit(readCsvExport(edited), { requireSignatures: false }).wrong, edited);
      }),
    );
    const edited = text.replace(',failed,', ',confirmed,');
    assert.deepEqual(readCsvExport(edited).problems, ['row 2: outcome is not what its entry says']);
    const forged = text.replace(',login-b,qa-lead,', ',login-c,tech-lead,');
    assert.deepEqual(readCsvExport(forged).problems, ['row 3: approver, role is not what its entry says']);
  });

  it('shows that rows were cut off, at either end', () => {
    const rows = writeCsv(textsOf(entries()), 13).split('\r\n');
    const without = (from: number, to = from): readonly string[] =>
      readCsvExport([...rows.slice(0, from), ...rows.slice(to + 1)].join('\r\n')).problems;
    assert.deepEqual(readCsvExport(rows.join('\r\n')).problems, []);
    assert.deepEqual(without(7), ['its last row, which says how many there are, is not there']);
    assert.deepEqual(without(6), [
      'its last row says 6 entries, 14 to 19, and there are 5 entries, 14 to 18',
    ]);
    assert.deepEqual(without(1), [
      'its last row says 6 entries, 14 to 19, and there are 5 entries, 15 to 19',
    ]);
    assert.deepEqual(without(1, 6), ['its last row says 6 entries, 14 to 19, and there are 0 entries']);
    assert.deepEqual(readCsvExport(writeCsv([], 0)).problems, []);
  });
});

describe('a time that is written', () => {
  it('is a date, a time of this machine, or one with its zone', () => {
    assert.equal(momentOf('2026-11-19T15:04:05Z', 'start'), Date.parse('2026-11-19T15:04:05Z'));
    assert.equal(momentOf('2026-11-19T15:04+02:00', 'start'), Date.parse('2026-11-19T13:04:00Z'));
    assert.equal(momentOf('2026-11-19 10:04', 'end'), new Date(2026, 10, 19, 10, 4).getTime());
    assert.equal(momentOf('2026-11-19', 'start'), new Date(2026, 10, 19).getTime());
    assert.equal(momentOf('2026-11-19', 'end'), new Date(2026, 10, 20).getTime() - 1);
    for (const none of ['', 'yesterday', '2026-02-30', '2026-11-19 25:00', '19.11.2026', '2026-1-1'])
      assert.equal(momentOf(none, 'start'), undefined, none);
  });
});

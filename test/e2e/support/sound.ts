import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseJournal, verifies } from '../../../src/lib/domain/journal.ts';
import type { JournalHead } from '../../../src/lib/domain/ledger.ts';
import type { TestLab } from './lab.ts';

/** One program, so that a look costs one exchange. Sections as `== name`. */
const LOOK = `cd "$1" 2>/dev/null || exit 0
echo '== new'
find . -name '*.new' -o -name '.*.new' -o -name '*.new.*'
echo '== lock'
[ ! -e .hd/lock ] || cat .hd/lock
echo '== current'
[ ! -e current ] && [ ! -L current ] || { readlink current; ls current/; }
echo '== manifest'
[ ! -e current/manifest.json ] || cat current/manifest.json
echo
echo '== sums'
[ ! -d releases ] || for d in releases/*/; do (cd "$d" && find . -type f ! -name manifest.json -exec sha256sum {} + | sed "s|  ./|  $d|"); done
echo '== manifests'
for m in releases/*/manifest.json; do [ ! -f "$m" ] || { cat "$m"; echo; }; done
echo '== ledger'
[ ! -f .hd/ledger.jsonl ] || cat .hd/ledger.jsonl
for j in .hd/journals/*.jsonl; do [ ! -f "$j" ] || { echo "== journal $(basename "$j" .jsonl)"; cat "$j"; }; done
`;

export interface Entry {
  kind: string;
  verb: string;
  prev?: string;
  deployment?: string;
  outcome?: string;
  reason?: string;
  evidence?: readonly string[];
  worktree?: boolean;
  approval?: { by: string; role: string; comment: string };
  breakGlass?: { incident: string; reason: string; gates: readonly string[]; review?: string };
  journals?: Readonly<Record<string, JournalHead>>;
  release?: { tag?: string; version: string; commit: string };
  actor: { name: string; proven: boolean };
}

interface Manifest {
  deployment: string;
  release: { version: string };
  files: { path: string; sha256: string }[];
}

/** What a host has below the application's directory, read past hd. */
export interface Kept {
  ledger: readonly Entry[];
  /** The ledger's file, byte for byte. */
  text: string;
  /** What `current` points to. */
  current?: Manifest;
  /** Release directories that are there. */
  releases: readonly string[];
}

/**
 * Reads a host's files, and asserts what must be true after whatever happened: nothing half-written, no lock, a
 * chain of hashes that is whole, an end for every beginning, release directories that hold what they list, and journals
 * that begin with what the ledger says of them.
 * @param options.unended how many deployments have no end, since their operator left
 */
export async function assertSound(
  lab: TestLab,
  host: string,
  options: { directory?: string; unended?: number } = {},
): Promise<Kept> {
  const { directory = '/opt/healthdelta', unended = 0 } = options;
  return soundOf(await lab.onHost(host, ['sh', '-c', LOOK, 'look', directory]), host, unended);
}

export { LOOK };

export function soundOf(text: string, host: string, unended = 0): Kept {
  const sections = new Map<string, string>();
  for (const part of `\n${text}`.split('\n== ').slice(1)) {
    const end = part.indexOf('\n');
    sections.set(end < 0 ? part : part.slice(0, end), end < 0 ? '' : part.slice(end + 1).trim());
  }
  const section = (name: string): string => sections.get(name) ?? '';
  assert.equal(section('new'), '', `half-written on ${host}`);
  assert.equal(section('lock'), '', `the lock on ${host} is not free`);

  const lines = section('ledger')
    .split('\n')
    .filter((line) => line !== '');
  const ledger = lines.map((line) => JSON.parse(line) as Entry);
  for (const [index, { prev }] of ledger.entries()) {
    const before = lines[index - 1];
    const hash = before === undefined ? undefined : createHash('sha256').update(before).digest('hex');
    assert.equal(prev, hash, `the chain of ${host} breaks at line ${index + 1}`);
  }
  const ended = ledger.filter(({ kind }) => kind === 'finished').map((each) => each.deployment);
  const open = ledger.filter(({ kind, deployment }) => kind === 'started' && !ended.includes(deployment));
  assert.equal(
    open.length,
    unended,
    `begun and never ended on ${host}: ${open.map((each) => each.deployment).join()}`,
  );

  const journals = [...sections.keys()].filter((name) => name.startsWith('journal '));
  assertJournals(
    ledger,
    host,
    new Map(journals.map((name) => [name.slice('journal '.length), `${section(name)}\n`])),
  );

  const sums = new Map(
    section('sums')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const manifests = section('manifests')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Manifest);
  for (const { deployment, files } of manifests) {
    for (const { path, sha256 } of files)
      assert.equal(sums.get(`releases/${deployment}/${path}`), sha256, `${path} of ${deployment} on ${host}`);
  }
  const [link] = section('current').split('\n');
  const current = section('manifest') === '' ? undefined : (JSON.parse(section('manifest')) as Manifest);
  assert.equal(link === '' ? undefined : link, current && `releases/${current.deployment}`);
  return {
    ledger,
    text: section('ledger'),
    releases: manifests.map((each) => each.deployment),
    ...(current === undefined ? {} : { current }),
  };
}

/** Each deployment that ended well says what every host's journal of it came to; whatever is said is so. */
function assertJournals(ledger: readonly Entry[], host: string, journals: ReadonlyMap<string, string>): void {
  for (const { deployment = '', kind, outcome, journals: said } of ledger) {
    if (kind !== 'finished') continue;
    const head = said?.[host];
    const text = journals.get(deployment);
    if (head === undefined) {
      assert.ok(
        !['confirmed', 'rolled-back'].includes(outcome ?? '') || text === undefined,
        `no word of the journal of ${deployment} on ${host}`,
      );
    } else {
      assert.ok(
        verifies(head, text ?? ''),
        `the journal of ${deployment} on ${host} is not as it was recorded`,
      );
    }
  }
  for (const [deployment, text] of journals) {
    const { steps, strange } = parseJournal(text);
    assert.deepEqual(strange, [], `the journal of ${deployment} on ${host}`);
    assert.ok(steps.length > 0);
  }
}

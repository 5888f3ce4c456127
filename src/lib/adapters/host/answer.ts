import { sha256 } from '../../domain/canonical.ts';
import { Exit } from '../../domain/exit.ts';
import { HdError, UnreachableError } from '../../domain/errors.ts';
import type { LedgerEntry, LedgerLine } from '../../domain/ledger.ts';
import type { Freeze, LockState } from '../../domain/lock.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ObservedContainer, ObservedHost, ObservedLedger } from '../../domain/observed.ts';
import type { Digest } from '../../domain/release.ts';
import type { Completed, Shell } from '../../ports.ts';
import { journalHeadOf } from './journal.ts';
import { Status } from './programs.ts';

/** Name → text of each section of a program's answer. */
export type Sections = ReadonlyMap<string, string>;

/** Where an answer came from, and how a person asks there. */
export type Where = Pick<Shell, 'host' | 'typed'>;

/** @throws HdError if the answer says that Docker refused, or UnreachableError if it ends too soon */
export function sectionsOf(where: Where, answer: Completed): Sections {
  const { host } = where;
  const sections = new Map<string, string>();
  for (const part of answer.stdout.split('\x1e').slice(1)) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end), part.slice(end + 1));
  }
  const refusal = sections.get('error');
  if (refusal !== undefined) throw dockerRefused(where, refusal.trim());
  if (!sections.has('end')) {
    throw new HdError(
      'host-answer',
      Exit.unreachable,
      `${host} could not be observed: exit ${answer.status}`,
      {
        facts: [{ label: 'seen', text: `on ${host}:`, foreign: answer.stderr.trim().split('\n').slice(-8) }],
        next: [{ remark: 'see what it answers', command: where.typed(['docker', 'ps']) }],
      },
    );
  }
  return sections;
}

function dockerRefused(where: Where, said: string): HdError {
  const { host } = where;
  const facts = [{ label: 'seen', text: `on ${host}:`, foreign: said.split('\n').slice(-4) }];
  if (/permission denied/i.test(said)) {
    return new HdError(
      'docker-permission',
      Exit.notAllowed,
      `Docker on ${host} may not be used by this user`,
      {
        facts,
        next: [{ remark: 'see which groups that user is in', command: where.typed(['id']) }],
      },
    );
  }
  return new UnreachableError('docker', `Docker on ${host} does not answer`, {
    facts,
    next: [{ remark: 'find out why', command: where.typed(['docker', 'info']) }],
  });
}

/** Lines that are no JSON object are remarks of Docker's; one that is cut is no answer. */
function jsonLines(host: string, text: string | undefined): unknown[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => {
      const value = parsed(line);
      if (value !== undefined) return value;
      throw new HdError('host-answer', Exit.unreachable, `${host} answered a line that is not JSON`, {
        facts: [{ label: 'seen', text: `on ${host}:`, foreign: [line] }],
      });
    });
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for a lock file that says nothing; the host takes such a lease for one that ran out. */
export function lockOf(text: string): LockState | undefined {
  return parsed(text) as LockState | undefined;
}

/** Undefined for a file that says nothing. */
export function freezeOf(text: string): Freeze | undefined {
  return parsed(text) as Freeze | undefined;
}

interface ContainerLine extends Omit<
  ObservedContainer,
  'digests' | 'tagMoved' | 'deployment' | 'startedAt' | 'health' | 'service' | 'name'
> {
  name: string;
  service: string | null;
  health: ObservedContainer['health'] | null;
  startedAt: string;
  oneoff: string | null;
  configFiles: string | null;
}

interface ImageLine {
  repository: string;
  tag: string;
  digest: string;
  id: Digest;
}

export function containersOf(host: string, sections: Sections): ObservedContainer[] {
  const images = jsonLines(host, sections.get('images')) as ImageLine[];
  return (jsonLines(host, sections.get('containers')) as ContainerLine[])
    .filter((line) => line.service !== null && line.oneoff !== 'True')
    .map(({ oneoff, configFiles, health, startedAt, service, name, ...rest }) => ({
      ...rest,
      service: service ?? '',
      name: name.replace(/^\//, ''),
      ...(health === null || health === undefined ? {} : { health }),
      ...deploymentOf(configFiles),
      startedAt: Math.max(0, Date.parse(startedAt)),
      digests: digestsOf(images, rest.imageId),
      tagMoved: images.some(
        (image) => `${image.repository}:${image.tag}` === rest.image && image.id !== rest.imageId,
      ),
    }));
}

/** Each once, however many repositories have it: that a mirror's name comes to an image changes no container. */
function digestsOf(images: readonly ImageLine[], id: string): readonly Digest[] {
  const own = images.filter((image) => image.id === id && image.digest !== '<none>');
  return [...new Set(own.map((image) => image.digest as Digest))];
}

/** Compose labels a container with the files that it was made from, and ours lie in a deployment's directory. */
function deploymentOf(configFiles: string | null): { deployment?: string } {
  const deployment = /\/releases\/(d\d+)\//.exec(configFiles ?? '')?.[1];
  return deployment === undefined ? {} : { deployment };
}

/** @throws HdError exit 5 for a line that is no entry: what is written by half is shown, never skipped */
export function ledgerLines(host: string, text: string): LedgerLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const entry = parsed(line) as LedgerEntry | undefined;
      if (entry !== undefined) return { entry, hash: sha256(line) };
      throw ledgerBroken(host, [line]);
    });
}

function ledgerBroken(host: string, foreign: readonly string[]): HdError {
  return new HdError('ledger-broken', Exit.notVerified, `a line of the ledger on ${host} is not JSON`, {
    outcome: 'ledger broken',
    facts: foreign.length === 0 ? [] : [{ label: 'seen', text: `on ${host}:`, foreign }],
    next: [{ remark: 'see which', command: ['hd', 'audit', 'verify'] }],
  });
}

/**
 * What was read of a ledger: how many lines it has, how many of them are no entries, and its last lines. A broken one
 * says so to whoever needs it whole; going back believes what can be read of it.
 */
function ledgerOf(host: string, section: string): ObservedLedger {
  const [counts = '', ...texts] = section.split('\n');
  const [count = 0, odd = 0] = counts.split(' ').map(Number);
  const found = texts.filter((text) => text !== '');
  const lines = found.flatMap((text) => (parsed(text) === undefined ? [] : ledgerLines(host, text)));
  const last = found.at(-1);
  const known = { lines, count, ...(last === undefined ? {} : { head: sha256(last) }) };
  const unread = found.find((text) => parsed(text) === undefined);
  if (odd === 0 && unread === undefined) return known;
  return { ...known, broken: ledgerBroken(host, unread === undefined ? [] : [unread]) };
}

/** @param asked epoch milliseconds of the operator's clock, in the middle of the exchange */
export function observedOf(
  host: string,
  sections: Sections,
  envFiles: readonly string[],
  asked: number,
): ObservedHost {
  const section = (name: string): string => (sections.get(name) ?? '').trim();
  const clock = Number(section('clock'));
  const at = Number.isFinite(clock) && clock > 0 ? clock : asked;
  const releases = jsonLines(host, sections.get('releases')) as Manifest[];
  const currentId = section('current').replace(/^releases\//, '');
  const current = releases.find((manifest) => manifest.deployment === currentId);
  const ledger = ledgerOf(host, section('ledger'));
  const lock = lockOf(section('lock'));
  const freeze = freezeOf(section('freeze'));
  const frozen = freeze !== undefined && (freeze.until === undefined || freeze.until * 1000 > at);
  const journal = journalHeadOf(section('journal'));
  const disk = section('disk').split('\n').at(-1)?.split(/\s+/) ?? [];
  return {
    host,
    at,
    skewMs: at - asked,
    containers: containersOf(host, sections),
    images: (jsonLines(host, sections.get('images')) as ImageLine[])
      .filter((image) => image.digest !== '<none>')
      .map((image) => `${image.repository}@${image.digest}`),
    ...(current === undefined ? {} : { current }),
    releases,
    files: section('files')
      .split('\n')
      .filter((name) => name !== ''),
    ...(lock === undefined ? {} : { lock }),
    ...(frozen ? { freeze } : {}),
    ledger,
    ...(journal === undefined ? {} : { journal }),
    disk: { freeBytes: Number(disk[3] ?? 0) * 1024, totalBytes: Number(disk[1] ?? 0) * 1024 },
    envFiles: section('envfiles')
      .split('\n')
      .flatMap((word, index) => {
        const path = envFiles[index];
        if (path === undefined) return [];
        return [word === 'missing' || word === 'world-readable' ? { path, problem: word } : { path }];
      }),
  };
}

/** What a fenced program's exit status means; anything but 0 is an error that names the host. */
export function expectDone(where: Where, what: string, answer: Completed): void {
  const { host } = where;
  if (answer.status === 0) return;
  if (answer.status === Status.fenced) throw fenced(host);
  if (answer.status === Status.busy) throw busy(where);
  const full = /no space left/i.test(answer.stderr + answer.stdout);
  throw new HdError(
    full ? 'disk-full' : 'host-effect',
    Exit.unreachable,
    `${what} on ${host}: ${full ? 'no space left' : `exit ${answer.status}`}`,
    {
      facts: [{ label: 'seen', text: `on ${host}:`, foreign: answer.stderr.trim().split('\n').slice(-8) }],
      next: full ? [{ remark: 'see what is full', command: where.typed(['df', '-h']) }] : [],
    },
  );
}

/** @throws HdError exit 2 for a path that would leave the directory, or that a line can't hold */
export function expectPath(host: string, path: string): void {
  const plain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (plain && path === path.trim() && !/\p{Cc}/u.test(path)) return;
  throw new HdError(
    'bad-path',
    Exit.usage,
    `${JSON.stringify(path)} can't be put on ${host}: not a plain path`,
  );
}

export function logsRefused(host: string, said: string): HdError {
  return new HdError('docker-logs', Exit.inconclusive, `Docker on ${host} gave no logs`, {
    facts: [{ label: 'seen', text: `on ${host}:`, foreign: said.trim().split('\n').slice(-4) }],
  });
}

/** A step that was left to itself, at a Ctrl-C or by an operator who died, has not ended yet. */
export function busy(where: Where): HdError {
  const { host } = where;
  return new HdError('host-busy', Exit.locked, `a step of an earlier deployment still runs on ${host}`, {
    outcome: 'busy',
    next: [{ remark: 'see what it is', command: where.typed(['ps', '-ef']) }],
  });
}

export function fenced(host: string): HdError {
  return new HdError(
    'lock-lost',
    Exit.locked,
    `the lock on ${host} was taken over; ${host} refused this operator's step`,
  );
}

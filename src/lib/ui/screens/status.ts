import type { ObservedHost } from '../../domain/observed.ts';
import { freezeText, leaseOf, lockText } from '../../domain/locked.ts';
import type { Drift, EnvironmentStatus, HostStatus } from '../../domain/reports.ts';
import { releaseName, shortDigest, type Release } from '../../domain/release.ts';
import { age, duration, size, time } from '../../domain/values.ts';
import { quoteCommand } from '../../domain/names.ts';
import { servesWhat } from '../../domain/serving.ts';
import type { Fact, Mark, Next } from '../../domain/verdict.ts';
import { shortCommit } from '../../domain/version.ts';
import type { Row } from '../layout.ts';
import type { View } from '../view.ts';

export interface StatusContext {
  /** `healthdelta`, `acme/healthdelta`. */
  app: string;
  repository: string;
  zone: string;
  now: number;
}

/** One row an environment; what is not as recorded follows (screens.md, 14). */
export function boardView(all: readonly EnvironmentStatus[], context: StatusContext): View[] {
  const rows = all.map((status) => ({ mark: markOf(status), cells: cellsOf(status, context.now) }));
  return [
    { kind: 'header', parts: [context.app, context.repository], at: context.now },
    {
      kind: 'table',
      table: { head: ['ENV', 'SERVES', 'COMMIT', 'IMAGE', 'HOSTS', 'HEALTH', 'SINCE', 'BY'], rows },
    },
    ...all.flatMap((status) => frozen(status, context)),
    ...all.flatMap(paragraphs),
  ];
}

function cellsOf(status: EnvironmentStatus, now: number): string[] {
  const releases = status.hosts.flatMap((host) => host.serving?.release ?? []);
  const names = [...new Set(releases.map(releaseName))];
  const [release] = releases;
  const right = status.hosts.filter(
    (host) => host.serving?.release !== undefined && isRecorded(host.serving.release, status.recorded),
  );
  const { entry } = status;
  return [
    status.name,
    names.length === 0
      ? status.hosts.every((host) => host.health === 'no answer')
        ? 'not known'
        : 'nothing'
      : names.join(', '),
    release === undefined ? '' : shortCommit(release.commit),
    release === undefined
      ? ''
      : Object.values(release.images)
          .map((image) => shortDigest(image.digest))
          .join(', '),
    `${right.length} of ${status.hosts.length}`,
    names.length === 0 && status.recorded === undefined ? '' : healthOf(status.hosts),
    entry === undefined ? '' : age(now - Date.parse(entry.at)),
    entry === undefined ? '' : entry.actor.name,
  ];
}

function isRecorded(release: Release, recorded: Release | undefined): boolean {
  return recorded !== undefined && recorded.commit === release.commit;
}

function healthOf(hosts: readonly HostStatus[]): string {
  return (
    (['no answer', 'failing', 'healthy'] as const).find((word) =>
      hosts.some((host) => host.health === word),
    ) ?? ''
  );
}

function markOf(status: EnvironmentStatus): Mark {
  if (status.hosts.some((host) => host.health === 'failing'))
    return status.recorded === undefined ? 'idle' : 'fail';
  if (status.hosts.some((host) => host.health === 'no answer')) return 'warn';
  if (status.drift.length > 0 || status.unsettled !== undefined) return 'warn';
  return status.recorded === undefined ? 'idle' : 'ok';
}

function frozen({ name, hosts }: EnvironmentStatus, { zone }: StatusContext): View[] {
  const text = freezeText(
    hosts.flatMap((host) => host.observed ?? []),
    zone,
  );
  return text === undefined ? [] : [{ kind: 'rows', rows: [{ mark: 'warn', name, text }] }];
}

function paragraphs(status: EnvironmentStatus): View[] {
  const row = (text: string, more: readonly string[] = []): Row => ({
    mark: 'warn',
    name: status.name,
    text,
    more,
  });
  const rows = [
    ...status.hosts.flatMap(({ error }) =>
      error === undefined ? [] : [row(error.message, error.next.map(nextText))],
    ),
    ...status.drift.map((drift) => row(drift.text, drift.more)),
    ...unsettledRows(status).map(({ text, more }) => row(text, more)),
  ];
  return rows.length === 0 ? [] : [{ kind: 'rows', rows }];
}

function nextText({ remark, command }: Next): string {
  return `${remark === undefined ? '' : `${remark}: `}${quoteCommand(command)}`;
}

function unsettledRows({ name, unsettled, hosts, wayBack }: EnvironmentStatus): Drift[] {
  if (unsettled === undefined) return [];
  const { entry, text, finish } = unsettled;
  const what = [entry.deployment ?? '', ...(entry.release === undefined ? [] : [releaseName(entry.release)])];
  if (hosts.some(({ observed }) => observed !== undefined && leaseOf(observed) !== undefined))
    return [{ text: `${what.join(', ')}, is going on`, more: [] }];
  const back = wayBack === undefined ? [] : [`or go back: hd rollback ${name}`];
  return [{ text: [...what, text].join(', '), more: [`${finish}: hd resume ${name}`, ...back] }];
}

/** One environment, host by host. */
export function environmentView(status: EnvironmentStatus, context: StatusContext): View[] {
  const { entry, recorded } = status;
  const facts: Fact[] = [];
  const servings = status.hosts.flatMap((host) => host.serving ?? []);
  const unseen = status.hosts.filter((host) => host.serving === undefined).map((host) => host.name);
  const when =
    entry === undefined
      ? ''
      : `, ${entry.outcome ?? ''} ${time(Date.parse(entry.at), context.zone, context.now)} (${age(context.now - Date.parse(entry.at))} ago), ${entry.deployment ?? ''}, ${entry.actor.name}`;
  const as =
    unseen.length === 0 &&
    servings.every(({ release }) => release !== undefined && isRecorded(release, recorded));
  const known =
    recorded === undefined ? undefined : `${releaseName(recorded)}, ${shortCommit(recorded.commit)}${when}`;
  if (as && known !== undefined && servings.length > 0) facts.push({ label: 'serves', text: known });
  else {
    facts.push({ label: 'serves', text: servings.length === 0 ? 'not known' : servesWhat(servings, unseen) });
    const never = servings.length === 0 ? undefined : 'nothing was ever confirmed here';
    const text = known ?? never;
    if (text !== undefined) facts.push({ label: 'proven', text });
  }
  const [served, ...others] = servings.map(({ release }) => release);
  const one = others.every((each) => each?.commit === served?.commit) ? served : undefined;
  for (const [service, image] of Object.entries((as ? recorded : one)?.images ?? {}))
    facts.push({ label: service, text: shortDigest(image.digest) });
  const { last } = status;
  if (last?.release !== undefined) {
    const when = time(Date.parse(last.at), context.zone, context.now);
    facts.push({
      label: 'last',
      text: `${last.deployment ?? ''}, ${releaseName(last.release)} ${last.outcome ?? ''} ${when}`,
    });
  }
  if (servings.length > 0)
    facts.push({
      label: 'lock',
      text: lockText(
        status.hosts.flatMap((host) => host.observed ?? []),
        context.zone,
      ),
    });
  const head = ['HOST', 'SERVES', 'HEALTH', 'UP', 'RESTARTS', 'DISK FREE', 'CLOCK'];
  const rows = status.hosts.map((host) => ({ mark: hostMark(host, recorded), cells: hostCells(host) }));
  const { asked } = status;
  const waits: Fact[] =
    asked?.release === undefined
      ? []
      : [
          {
            label: 'asked',
            text: `to ${asked.verb} ${releaseName(asked.release)}, by ${asked.actor.name} ${time(Date.parse(asked.at), context.zone, context.now)}: hd resume ${status.name}`,
            more: [asked.request?.url ?? ''].filter((url) => url !== ''),
          },
        ];
  const back: Fact[] =
    status.wayBack === undefined
      ? []
      : [{ label: 'way back', text: `${releaseName(status.wayBack)}: hd rollback ${status.name}` }];
  return [
    { kind: 'header', parts: [status.name, `${context.app}, ${context.repository}`], at: context.now },
    { kind: 'facts', facts },
    { kind: 'table', table: { head, rows } },
    ...paragraphs(status),
    { kind: 'facts', facts: [...back, ...waits, ...gatesFact(status, context)] },
  ];
}

/** `window is closed until 2026-11-23 09:00: hd explain prod`. */
function gatesFact({ name, closed = [] }: EnvironmentStatus, { zone, now }: StatusContext): Fact[] {
  if (closed.length === 0) return [];
  const each = closed.map(({ gate, opensAt }) =>
    opensAt === undefined ? `${gate} is closed` : `${gate} is closed until ${time(opensAt, zone, now)}`,
  );
  return [{ label: 'gates', text: `${each.join(', ')}: hd explain ${name}` }];
}

function hostMark(host: HostStatus, recorded: Release | undefined): Mark {
  if (host.health === 'no answer') return 'warn';
  if (recorded === undefined && host.serving?.release === undefined) return 'idle';
  if (host.health === 'failing') return 'fail';
  return host.serving?.release !== undefined && isRecorded(host.serving.release, recorded) ? 'ok' : 'warn';
}

function hostCells({ name, serving, observed, health }: HostStatus): string[] {
  if (observed === undefined) return [name, 'not known', health];
  const own = observed.containers.filter((each) => serving?.release?.images[each.service] !== undefined);
  const started = Math.max(0, ...own.map((each) => each.startedAt));
  return [
    name,
    serving?.release === undefined
      ? serving?.unknown === true
        ? 'unknown'
        : 'nothing'
      : releaseName(serving.release),
    own.length === 0 ? '' : health,
    started === 0 ? '' : duration(Math.max(0, observed.at - started)),
    own.length === 0 ? '' : String(own.reduce((sum, each) => sum + each.restarts, 0)),
    diskText(observed.disk),
    skewText(observed.skewMs),
  ];
}

/** `21 of 40 GB`, `800 MB of 40 GB`. */
function diskText({ freeBytes, totalBytes }: ObservedHost['disk']): string {
  const free = size(freeBytes);
  const total = size(totalBytes);
  const unit = / \w+$/.exec(total)?.[0] ?? '';
  return `${free.endsWith(unit) ? free.slice(0, free.length - unit.length) : free} of ${total}`;
}

function skewText(ms: number): string {
  const text = `${(Math.abs(ms) / 1000).toFixed(1)}s`;
  return text === '0.0s' ? text : `${ms > 0 ? '+' : '-'}${text}`;
}

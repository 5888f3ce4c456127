import { actionText, type TimelessAction } from './action-text.ts';
import { canonical } from './canonical.ts';
import { list } from './names.ts';
import type { PlanSubject } from './plan.ts';
import { shortDigest } from './release.ts';

/** The name of a release that has this digest, if it is known: `v1.3.1`. */
export type NameOfDigest = (digest: string) => string | undefined;

type Container = PlanSubject['serves'][number]['containers'][number];

/**
 * Why a plan is another one by now: a sentence for each thing that is different (screens.md, 6). Pure; never empty
 * for subjects whose hashes differ.
 */
export function changesBetween(
  then: PlanSubject,
  now: PlanSubject,
  nameOf: NameOfDigest = () => undefined,
): readonly string[] {
  if (canonical(then) === canonical(now)) return [];
  const release = [
    ...environmentChange(then, now),
    ...imageChanges(then, now, nameOf),
    ...fileChanges(then, now),
  ];
  const serves = servesChanges(then, now, nameOf);
  const hosts = hostChanges(then, now);
  const said = [...release, ...[...serves.values()].flat(), ...hosts.values()];
  // What only follows from another change is not said again.
  const steps =
    release.length > 0 ? [] : stepChanges(then, now, new Set([...serves.keys(), ...hosts.keys()]));
  const found = [...said, ...steps];
  return found.length > 0 ? found : ['the same is planned in another order'];
}

function environmentChange(then: PlanSubject, now: PlanSubject): string[] {
  return then.environment === now.environment
    ? []
    : [`it is for ${now.environment}; it was for ${then.environment}`];
}

/** By host. */
function servesChanges(
  then: PlanSubject,
  now: PlanSubject,
  nameOf: NameOfDigest,
): ReadonlyMap<string, readonly string[]> {
  // The release's only service is what everybody means; of several, and of what runs beside it, the name is said.
  const services = [...new Set([...Object.keys(then.images), ...Object.keys(now.images)])];
  const only = services.length === 1 ? services[0] : undefined;
  const before = new Map(then.serves.map((each) => [each.host, each.containers]));
  const after = new Map(now.serves.map((each) => [each.host, each.containers]));
  const changes = [...new Set([...before.keys(), ...after.keys()])].map(
    (host): [string, readonly string[]] => {
      const [was, is] = [before.get(host), after.get(host)];
      if (was === undefined) return [host, [`${host} is a host of ${now.environment}; it was none`]];
      if (is === undefined)
        return [host, [`${host} is no host of ${now.environment} any more, or does not answer`]];
      return [host, containerChanges(host, was, is, only, nameOf)];
    },
  );
  return new Map(changes.filter(([, texts]) => texts.length > 0));
}

function containerChanges(
  host: string,
  was: readonly Container[],
  is: readonly Container[],
  only: string | undefined,
  nameOf: NameOfDigest,
): string[] {
  const names = [...new Set([...was, ...is].map((each) => each.service))].sort();
  return names.flatMap((service) => {
    const of = (all: readonly Container[]): readonly Container[] =>
      all.filter((each) => each.service === service);
    const [before, after] = [of(was), of(is)];
    if (canonical(before) === canonical(after)) return [];
    const subject = service === only ? '' : `${service} `;
    const texts = [before, after].map((all) => runText(all, nameOf));
    const same = texts[0] === texts[1];
    const [old = '', now = ''] = same ? [before, after].map(wholeText) : texts;
    if (after.length === 0) return [`${host} does not run ${service} any more; it ran ${old}`];
    if (before.length === 0) return [`${host} runs ${subject}${now}; it ran none of ${service}`];
    return [`${host} runs ${subject}${now}; it ran ${old}`];
  });
}

/** `c02b77e5a910 (v1.3.1)`; the declared name where Docker knows no digest; how many if there are several. */
function runText(containers: readonly Container[], nameOf: NameOfDigest): string {
  const each = containers.map(({ image, digests }) => {
    const pinned = image.includes('@') ? image.slice(image.indexOf('@') + 1) : undefined;
    const digest = pinned ?? digests[0];
    return digest === undefined ? image : digestText(digest, nameOf);
  });
  const [first = ''] = each;
  return each.length > 1 && new Set(each).size === 1 ? `${each.length} times ${first}` : list(each, 'and');
}

/** Where the short form is the same: all that is known. */
function wholeText(containers: readonly Container[]): string {
  return list(
    containers.map(({ image, digests }) => `${image} (${digests.join(', ') || 'no digest'})`),
    'and',
  );
}

function digestText(digest: string, nameOf: NameOfDigest): string {
  const name = nameOf(digest);
  return name === undefined ? shortDigest(digest) : `${shortDigest(digest)} (${name})`;
}

function imageChanges(then: PlanSubject, now: PlanSubject, nameOf: NameOfDigest): string[] {
  const names = [...new Set([...Object.keys(then.images), ...Object.keys(now.images)])].sort();
  return names.flatMap((service) => {
    const [was, is] = [then.images[service], now.images[service]];
    if (was === undefined)
      return is === undefined
        ? []
        : [`the release replaces ${service} with ${digestText(is.digest, nameOf)}; it left that alone`];
    if (is === undefined)
      return [`the release leaves ${service} alone; it replaced it with ${digestText(was.digest, nameOf)}`];
    if (was.digest !== is.digest)
      return [
        `the release's ${service} is ${digestText(is.digest, nameOf)}; it was ${digestText(was.digest, nameOf)}`,
      ];
    return was.repository === is.repository
      ? []
      : [`the release's ${service} comes from ${is.repository}; it came from ${was.repository}`];
  });
}

function fileChanges(then: PlanSubject, now: PlanSubject): string[] {
  const before = new Map(then.files.map((each) => [each.path, each]));
  const after = new Map(now.files.map((each) => [each.path, each]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === undefined) return [`the release ships ${path} as well`];
    if (is === undefined) return [`the release ships ${path} no more`];
    if (was.sha256 !== is.sha256)
      return [`${path} of the release is ${shortDigest(is.sha256)}; it was ${shortDigest(was.sha256)}`];
    if (was.executable === is.executable) return [];
    return [
      `${path} of the release can ${is.executable ? 'be executed; it could not' : 'not be executed; it could'}`,
    ];
  });
}

/** By host. */
function hostChanges(then: PlanSubject, now: PlanSubject): ReadonlyMap<string, string> {
  const [before, after] = [new Set(then.hosts), new Set(now.hosts)];
  const gone = minus(before, after).map((host): [string, string] => [
    host,
    `nothing is to be done on ${host} any more`,
  ]);
  const added = minus(after, before).map((host): [string, string] => [
    host,
    `${host} is to be changed as well`,
  ]);
  return new Map([...gone, ...added]);
}

/** @param told hosts of which something else was said */
function stepChanges(then: PlanSubject, now: PlanSubject, told: ReadonlySet<string>): string[] {
  const hosts = new Set([then, now].flatMap(({ steps }) => steps.map((step) => step.host)));
  return minus(hosts, told).flatMap((host) => {
    const [before, after] = [then, now].map(({ steps }) =>
      steps.flatMap((step) => (step.host === host ? [step.action as TimelessAction] : [])),
    );
    const added = without(after ?? [], before ?? []);
    const gone = without(before ?? [], after ?? []);
    const texts = [added, gone].map((all) => new Set(all.map(actionText)));
    const [isNew = new Set<string>(), isGone = new Set<string>()] = texts;
    // The same in a word, and not in all that is in it: the files that hd writes.
    const other = [...isNew]
      .filter((text) => isGone.has(text))
      .map((text) => `on ${host} with another content: ${text}`);
    return [
      ...other,
      ...minus(isNew, isGone).map((text) => `on ${host} as well: ${text}`),
      ...minus(isGone, isNew).map((text) => `on ${host} no more: ${text}`),
    ];
  });
}

function minus(all: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...all].filter((each) => !others.has(each));
}

/** What is in the first and not in the second, as often as it is there more. */
function without(all: readonly TimelessAction[], others: readonly TimelessAction[]): TimelessAction[] {
  const left = others.map((each) => canonical(each));
  return all.filter((each) => {
    const at = left.indexOf(canonical(each));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

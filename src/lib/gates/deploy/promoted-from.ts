import { list } from '../../domain/names.ts';
import { isUnknown } from '../../domain/policy.ts';
import { releaseName, sameImages, shortDigest, type Release } from '../../domain/release.ts';
import { age } from '../../domain/values.ts';
import type { GateVerdict } from '../gate.ts';
import { NOT_ASKED, type DeployFacts, type DeployGate } from './gate.ts';
import { closes, limit } from './when.ts';

/**
 * The same digests were confirmed in another environment, lately enough (S4-105). Not some release that passed there:
 * this one, by its digests, whatever tag it had (T24).
 */
export const promotedFrom: DeployGate = {
  name: 'promoted_from',
  judge(facts) {
    const { policy, release, now } = facts;
    if (policy.promotedFrom === undefined) return { state: 'skipped', text: 'no promotion is asked for' };
    const { environment, withinMs } = policy.promotedFrom;
    const proved = facts.elsewhere ?? NOT_ASKED;
    if (isUnknown(proved))
      return { state: 'unknown', text: `what ${environment} has confirmed is not known: ${proved.unknown}` };

    const newest = [...proved].sort((a, b) => b.at - a.at);
    const what = digests(release);
    const same = newest.find((each) => sameImages(each.release.images, release.images));
    if (same === undefined) return never(facts, environment, what, newest[0]);
    const at = Math.min(same.at, now);
    const most = withinMs === undefined ? '' : `; limit ${limit(withinMs)}`;
    const text = `${what} was confirmed in ${environment} ${age(now - at)} ago${most}`;
    if (withinMs === undefined) return { state: 'open', text };
    const closesAt = at + withinMs;
    if (now < closesAt) return { state: 'open', text, more: [closes(closesAt, facts)], closesAt };
    // Verifying proves what runs there now, which may be another release by then.
    const opensWith =
      same === newest[0] ? ['hd', 'verify', environment, '--record'] : deployThere(release, environment);
    return { state: 'closed', text, more: [`opens with: ${opensWith.join(' ')}`], opensWith };
  },
};

function never(
  { now, release }: DeployFacts,
  environment: string,
  what: string,
  last: { release: Release; at: number } | undefined,
): Omit<GateVerdict, 'gate'> {
  const opensWith = deployThere(release, environment);
  const seen =
    last === undefined
      ? `nothing was confirmed in ${environment} before`
      : `confirmed there last: ${releaseName(last.release)}, ${digests(last.release)}, ${age(now - last.at)} ago`;
  return {
    state: 'closed',
    text: `${what} was never confirmed in ${environment}`,
    more: [seen, `opens with: ${opensWith.join(' ')}`],
    opensWith,
  };
}

function deployThere({ tag, commit }: Release, environment: string): string[] {
  return ['hd', 'deploy', environment, ...(tag === undefined ? ['--commit', commit] : ['--tag', tag])];
}

/** `9f2c41d07be3`; of several images with their services. */
function digests({ images }: Release): string {
  const all = Object.entries(images);
  const [only] = all;
  if (only !== undefined && all.length === 1) return shortDigest(only[1].digest);
  return list(
    all.map(([service, { digest }]) => `${service} ${shortDigest(digest)}`),
    'and',
  );
}

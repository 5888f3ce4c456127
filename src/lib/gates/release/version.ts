import semver from 'semver';
import { time } from '../../domain/values.ts';
import { shortCommit, tagOf } from '../../domain/version.ts';
import type { ReleaseFacts, ReleaseGate } from './gate.ts';
import { greatest, releasesOfLine } from './line.ts';

/** SemVer greater than every release of its line (line.ts), and a tag that is free or already where it should be. */
export const version: ReleaseGate = {
  name: 'version',
  judge(facts) {
    const { existing, tag } = facts;
    if (existing !== undefined)
      return existing.commit === facts.commit.sha
        ? { state: 'open', text: `${tag} is at ${shortCommit(existing.commit)} already, kept` }
        : taken(facts, existing);

    const newest = greatest(releasesOfLine(facts.version, facts.releases, facts.maintenance));
    if (newest === undefined) return { state: 'open', text: 'the first release; the tag is free' };
    if (semver.gt(facts.version, newest))
      return { state: 'open', text: `newer than ${tagOf(newest)}; the tag is free` };
    return {
      state: 'closed',
      text: `${tag} is not newer than ${tagOf(newest)}`,
      ...(!facts.maintenance && { more: ['an older line is released from its own branch: --branch NAME'] }),
    };
  },
};

function taken(facts: ReleaseFacts, existing: NonNullable<ReleaseFacts['existing']>) {
  const { tagger } = existing;
  const at = tagger === undefined ? NaN : Date.parse(tagger.date);
  const made = Number.isNaN(at) ? '' : `made ${time(at, facts.zone, facts.now)} by ${tagger?.name ?? ''}; `;
  return {
    state: 'closed' as const,
    text: `tag ${facts.tag} exists at ${shortCommit(existing.commit)}, not at ${shortCommit(facts.commit.sha)}`,
    more: [`${made}hd never moves a tag`],
  };
}

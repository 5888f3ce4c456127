import { span, time } from '../../domain/values.ts';
import { shortCommit } from '../../domain/version.ts';
import type { CommitCheck } from '../../ports.ts';
import { links, named } from '../named-checks.ts';
import type { ReleaseFacts, ReleaseGate } from './gate.ts';

/**
 * Check runs and commit statuses of the commit are green. Having none is allowed and said. Once the tag is there
 * they are not asked: what the tag itself started reports on the same commit.
 */
export const checks: ReleaseGate = {
  name: 'checks',
  judge(facts) {
    const { checks: all } = facts;
    if (facts.existing?.commit === facts.commit.sha) return { state: 'skipped', text: 'not asked again' };
    const of = all.length;
    if (of === 0)
      return { state: 'unproven', text: `none on ${shortCommit(facts.commit.sha)}: nobody checked it` };
    const opensWhen = `${facts.branch.name} is green`;
    const failed = all.filter((check) => check.state === 'failed');
    if (failed.length > 0)
      return {
        state: 'closed',
        text: `${failed.length} of ${of} red: ${named(failed)}${failedAt(failed[0], facts)}`,
        more: links(failed),
        opensWhen,
      };
    const running = all.filter((check) => check.state === 'running');
    if (running.length > 0)
      return {
        state: 'closed',
        text: `${running.length} of ${of} not done${waited(facts)}: ${named(running)}`,
        more: links(running),
        opensWhen,
      };
    return { state: 'open', text: `${of} of ${of} green` };
  },
};

function failedAt(check: CommitCheck | undefined, { zone, now }: ReleaseFacts): string {
  if (check?.completedAt === undefined) return '';
  return `, failed ${time(Date.parse(check.completedAt), zone, now).replace(/^(\d\d:\d\d):\d\d$/, '$1')}`;
}

function waited({ waitedMs }: ReleaseFacts): string {
  return waitedMs === undefined ? '' : ` after ${span(waitedMs)}`;
}

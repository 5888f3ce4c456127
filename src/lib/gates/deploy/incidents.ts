import { count } from '../../domain/names.ts';
import { isUnknown } from '../../domain/policy.ts';
import { age } from '../../domain/values.ts';
import type { GitHubIssue } from '../../ports.ts';
import { quoted } from './foreign.ts';
import { NOT_ASKED, type DeployGate } from './gate.ts';
import { limit, opens } from './when.ts';

const SHOWN = 3;

/**
 * No incident is active, and none was opened lately: two predicates, since "critical in the last 24 h" and "active" are
 * not the same (T25, S4-106, S4-152). Issues with the policy's label are the incidents.
 */
export const incidents: DeployGate = {
  name: 'incidents',
  judge(facts) {
    const { policy, now } = facts;
    if (policy.incidents === undefined) return { state: 'skipped', text: 'no incidents are asked for' };
    const { label, withinMs } = policy.incidents;
    const found = facts.incidents ?? NOT_ASKED;
    if (isUnknown(found))
      return { state: 'unknown', text: `issues labelled ${label} are not known: ${found.unknown}` };

    const active = found.open;
    const lately = found.recent
      .filter(({ at }) => withinMs !== undefined && now - at < withinMs)
      .sort((a, b) => b.at - a.at);
    const ever = withinMs === undefined ? '' : `, none opened in ${limit(withinMs)}`;
    if (active.length === 0 && lately.length === 0)
      return { state: 'open', text: `no open issue labelled ${label}${ever}` };

    const said = [
      active.length === 0
        ? `no open issue labelled ${label}`
        : `${count(active.length, 'open issue')} labelled ${label}`,
      ...(withinMs === undefined
        ? []
        : [`${lately.length === 0 ? 'none' : lately.length} opened in ${limit(withinMs)}`]),
    ];
    const shown = [
      ...active,
      ...lately.filter((each) => active.every(({ number }) => number !== each.number)),
    ];
    const more = shown.slice(0, SHOWN).map((issue) => issueText(issue, now));
    if (shown.length > SHOWN) more.push(`${shown.length - SHOWN} more`);
    // Only time opens what is closed already; an open one ends when a person closes it.
    const [newest] = lately;
    const opensAt = newest === undefined ? now : Math.min(newest.at, now) + (withinMs ?? 0);
    if (active.length === 0)
      return { state: 'closed', text: said.join(', '), more: [...more, opens(opensAt, facts)], opensAt };
    const numbers = active.slice(0, SHOWN).map(({ number }) => `#${number}`);
    const opensWhen = `${numbers.join(', ')} ${active.length === 1 ? 'is' : 'are'} closed`;
    return { state: 'closed', text: said.join(', '), more, opensWhen };
  },
};

function issueText({ number, title, open, at, url }: GitHubIssue, now: number): string {
  return `#${number} ${quoted(title)}, opened ${age(now - at)} ago, ${open ? 'open' : 'closed'}: ${url}`;
}

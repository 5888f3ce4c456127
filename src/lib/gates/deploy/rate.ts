import { count } from '../../domain/names.ts';
import { age, span } from '../../domain/values.ts';
import type { DeployGate, TimeFacts } from './gate.ts';
import { limit, opens } from './when.ts';

/**
 * At most so many deployments in that time (S4-12, S4-104). One that a skewed clock dates ahead counts as begun now.
 * Exactly that time after the one that is too many, the gate is open.
 */
export const rate: DeployGate<TimeFacts> = {
  name: 'rate',
  judge(facts) {
    const { policy, now, deployments } = facts;
    if (policy.rate === undefined) return { state: 'skipped', text: 'no rate is asked for' };
    const { deploys, perMs } = policy.rate;
    const most = `${deploys} per ${limit(perMs)}`;
    const begun = deployments
      .map(({ deployment, at }) => ({ deployment, at: Math.min(at, now), ahead: at - now }))
      .sort((a, b) => b.at - a.at);
    const [last] = begun;
    if (last === undefined) return { state: 'open', text: `no deployment yet; ${most}` };

    const counted = begun.filter(({ at }) => now - at < perMs);
    const ago = `${age(now - last.at)} ago`;
    const text =
      deploys === 1
        ? `last deployment ${ago}; ${most}`
        : `${count(counted.length, 'deployment')} in ${limit(perMs)}, the last ${ago}; ${most}`;
    const skewed = begun
      .filter(({ ahead }) => ahead > 0)
      .map(
        ({ deployment, ahead }) =>
          `${deployment} is dated ${span(ahead)} ahead of this clock: it counts as now`,
      );
    const oldest = counted[deploys - 1];
    if (oldest === undefined) return { state: 'open', text, ...(skewed.length > 0 && { more: skewed }) };
    const opensAt = oldest.at + perMs;
    return { state: 'closed', text, more: [opens(opensAt, facts), ...skewed], opensAt };
  },
};

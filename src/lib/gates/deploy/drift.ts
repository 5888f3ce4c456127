import { count } from '../../domain/names.ts';
import { releaseName, sameImages, type Release } from '../../domain/release.ts';
import type { DeployGate } from './gate.ts';

/**
 * The hosts run what the ledger says was confirmed last, so that what is judged is what is replaced. Deploying just
 * that release is how a drift is put right, and meets an open gate.
 */
export const drift: DeployGate = {
  name: 'drift',
  judge({ drift: differences, recorded, release, environment, disk }) {
    if (recorded === undefined) return { state: 'open', text: 'nothing was confirmed here before' };
    const [first, ...rest] = differences;
    if (first === undefined) {
      const hosts = `${disk.length} of ${count(disk.length, 'host')}`;
      return { state: 'open', text: `${hosts} ${disk.length === 1 ? 'runs' : 'run'} what the ledger says` };
    }
    if (isSame(release, recorded))
      return {
        state: 'open',
        text: `${count(differences.length, 'difference')} from the ledger, which this deployment puts right`,
        more: differences,
      };
    const { tag, commit } = recorded;
    const opensWith = [
      'hd',
      'deploy',
      environment,
      ...(tag === undefined ? ['--commit', commit] : ['--tag', tag]),
    ];
    return {
      state: 'closed',
      text: first,
      more: [...rest, `opens with: ${opensWith.join(' ')}`],
      opensWhen: `${environment} runs ${releaseName(recorded)} again`,
      opensWith,
    };
  },
};

function isSame(a: Release, b: Release): boolean {
  return a.commit === b.commit && sameImages(a.images, b.images);
}

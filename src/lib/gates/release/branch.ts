import { shortCommit } from '../../domain/version.ts';
import type { ReleaseGate } from './gate.ts';

/** The commit is the remote head of the release branch, or with `--commit` one on it. */
export const branch: ReleaseGate = {
  name: 'branch',
  judge({ commit, branch: on, position }) {
    const short = shortCommit(commit.sha);
    if (position !== 'elsewhere') return { state: 'open', text: `${short} is on ${on.name}` };
    return {
      state: 'closed',
      text: `${short} is not on ${on.name}`,
      more: [`${on.name} is at ${shortCommit(on.head)}; a commit of another branch: --branch NAME`],
      opensWhen: `${short} is on ${on.name}`,
    };
  },
};

import { isUnknown } from '../../domain/policy.ts';
import { shortCommit } from '../../domain/version.ts';
import { NOT_ASKED, type DeployGate } from './gate.ts';

/** The release's commit is on the release branch: what was reviewed there, and nothing beside it. */
export const branch: DeployGate = {
  name: 'branch',
  judge({ branch: found = NOT_ASKED, release }) {
    const commit = shortCommit(release.commit);
    if (isUnknown(found))
      return { state: 'unknown', text: `whether ${commit} is on the branch is not known: ${found.unknown}` };
    if (found.contains) return { state: 'open', text: `${commit} is on ${found.name}` };
    return {
      state: 'closed',
      text: `${commit} is not on ${found.name}`,
      more: [
        found.head === ''
          ? `GitHub has no branch ${found.name}`
          : `${found.name} is at ${shortCommit(found.head)}`,
      ],
      opensWhen: `${commit} is on ${found.name}`,
    };
  },
};

import { shortCommit } from '../../domain/version.ts';
import type { ReleaseGate } from './gate.ts';
import { triggerOf } from './triggers.ts';

/** The release workflow is in the commit, enabled, and a push of this tag starts it. */
export const workflow: ReleaseGate = {
  name: 'workflow',
  judge({ commit, tag, workflow: { file, text, disabled } }) {
    if (text === undefined)
      return {
        state: 'closed',
        text: `${shortCommit(commit.sha)} has no .github/workflows/${file}`,
        opensWhen: `it has ${file}`,
      };
    const trigger = triggerOf(text, tag);
    if (!trigger.runs)
      return { state: 'closed', text: `${file} ${trigger.why}`, opensWhen: `${file} runs on ${tag}` };
    if (disabled)
      return {
        state: 'closed',
        text: `${file} is disabled on GitHub`,
        more: [`opens with: gh workflow enable ${file}`],
        opensWhen: `${file} is enabled`,
      };
    return { state: 'open', text: `${file} runs on ${trigger.filter}` };
  },
};

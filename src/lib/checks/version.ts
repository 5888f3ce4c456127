import { shortCommit } from '../domain/version.ts';
import type { Check, Subject } from './check.ts';
import { fieldAt, judgeAnswer, parseJson, show } from './expect.ts';

/** The service says of itself the version and the commit that were asked for (S0-44). */
export function version(subject: Subject): Check[] {
  const check = subject.environment.checks.version;
  if (check === undefined) return [];
  const { release } = subject;
  return [
    {
      kind: 'http',
      name: 'version',
      path: check.path,
      retry: check,
      judge: (answer) => {
        const judged = judgeAnswer(check.path, answer, check.expect);
        if (judged.state !== 'passed' || answer.kind === 'none') return judged;
        const got = answer.body.split('\n');
        const body = parseJson(answer.body);
        if (body === undefined)
          return { state: 'failed', text: `GET ${check.path}: ${answer.status}, but not JSON`, got };
        const says = { version: fieldAt(body, check.versionField), commit: fieldAt(body, check.commitField) };
        if (says.version !== release.version && says.version !== `v${release.version}`) {
          return {
            state: 'failed',
            text: `${answer.status}, but version ${show(says.version)}; wanted ${show(release.version)}`,
            got,
          };
        }
        if (!isCommit(says.commit, release.commit)) {
          const seen = typeof says.commit === 'string' ? shortCommit(says.commit) : show(says.commit);
          return {
            state: 'failed',
            text: `${answer.status}, but commit ${seen}; wanted ${shortCommit(release.commit)}`,
            got,
          };
        }
        return {
          state: 'passed',
          text: `GET ${check.path}: ${answer.status}, ${show(says.version)}, ${shortCommit(release.commit)}`,
        };
      },
    },
  ];
}

/** A service may report a short sha; fewer than seven digits would prove nothing. */
function isCommit(says: unknown, wanted: string): boolean {
  return typeof says === 'string' && says.length >= 7 && wanted.startsWith(says);
}

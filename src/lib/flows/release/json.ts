import type { HdError } from '../../domain/errors.ts';
import type { EndBlock } from '../../domain/verdict.ts';
import type { ReleaseState } from './state.ts';
import type { ReleaseWorld } from './world.ts';

/** What the one object of `--json` says of a release: whole values, commands as argument lists (screens.md, 21). */
export function toJson(
  state: ReleaseState,
  { verdict }: EndBlock,
  { github }: ReleaseWorld,
  error: HdError | undefined,
): Record<string, unknown> {
  const { version, tag, commit, login, run, release } = state;
  const commands = (label: string) =>
    verdict.rows.filter((row) => row.label === label).flatMap((row) => row.commands ?? []);
  const [undo] = commands('undo it');
  return {
    outcome: verdict.outcome.replaceAll(' ', '-'),
    repository: `${github.repository.owner}/${github.repository.name}`,
    actor: login === undefined ? null : { login, proven: true },
    release: {
      ...{ version, tag, commit },
      images: Object.fromEntries(
        (state.images ?? []).flatMap(({ service, repository, resolved }) =>
          resolved === undefined ? [] : [[service, `${repository}@${resolved.digest}`]],
        ),
      ),
    },
    gates: state.verdicts,
    tag: state.tagIs,
    run: run === undefined ? null : { ...run.run, rerun: state.rerun },
    proofs: state.proofs,
    githubRelease: release === undefined ? null : { url: release.url, changed: state.published },
    durationsMs: state.durationsMs,
    next: commands('next').map((next) => next.command),
    ...(undo !== undefined && { undo: undo.command }),
    ...(error !== undefined && { error: { code: error.code, exit: verdict.exit, message: error.message } }),
  };
}

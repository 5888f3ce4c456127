import { createHash } from 'node:crypto';
import type { Octokit } from '@octokit/rest';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { MAX_UNPACKED, textFilesOf } from './zip.ts';

/** @param anonymous a client without the token, for links that are signed and may lead anywhere */
export function createArtifacts(calls: Calls, anonymous: () => Octokit): Pick<GitHub, 'artifact'> {
  const { octokit, at } = calls;
  const { actions } = octokit.rest;

  const bytesOf = async (link: string): Promise<Uint8Array> => {
    const raw = { request: { parseSuccessResponseBody: false } };
    const answer: { data: unknown } = await anonymous().request({ method: 'GET', url: link, ...raw });
    return new Uint8Array(await new Response(answer.data as ReadableStream | null).arrayBuffer());
  };

  return {
    async artifact(run, name) {
      const doing = `read artifact ${name} of run ${run}`;
      const all = await calls.read(doing, () =>
        octokit.paginate(actions.listWorkflowRunArtifacts, { ...at, run_id: run, name, per_page: 100 }),
      );
      // Each attempt of a run may have made one.
      const newest = all.filter((each) => each.name === name).sort((a, b) => b.id - a.id)[0];
      if (newest === undefined || newest.expired) return undefined;
      if (newest.size_in_bytes > MAX_UNPACKED) throw unusable(name, 'is larger than 16 MB');

      const manual = { request: { redirect: 'manual' } } as const;
      const answer = await calls.find(
        doing,
        () => actions.downloadArtifact({ ...at, ...manual, artifact_id: newest.id, archive_format: 'zip' }),
        [404, 410],
      );
      if (answer === undefined) return undefined;
      const link = answer.headers.location;
      if (link === undefined) throw unusable(name, 'has no link to its content');
      const zip = await calls.read(doing, () => bytesOf(link));
      if (newest.digest?.startsWith('sha256:') === true && newest.digest !== digestOf(zip))
        throw unusable(name, `is not what was uploaded (${newest.digest})`);
      return textFilesOf(zip, (why) => unusable(name, why));
    },
  };
}

function unusable(name: string, why: string): HdError {
  return new HdError('artifact', Exit.notVerified, `artifact ${name} ${why}`);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

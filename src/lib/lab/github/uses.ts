import { execa } from 'execa';
import type { JobLog } from './job-log.ts';
import { describeUpload, UPLOAD_INPUTS, uploadOf, type Upload } from './upload-artifact.ts';

export interface UsedAction {
  /** `actions/checkout@v4`. */
  uses: string;
  inputs: Readonly<Record<string, string>>;
  workspace: string;
  env: Readonly<Record<string, string>>;
  repository: string;
  sha: string;
  /** The commit of a ref, for `actions/checkout` with one. */
  resolve(ref: string): Promise<string | undefined>;
  save(upload: Upload): Promise<{ id: number; url: string }>;
  log: JobLog;
}

/** Inputs of actions/checkout that the lab obeys, or that change nothing in a clone of everything. */
const CHECKOUT_INPUTS: ReadonlySet<string> = new Set([
  ...['ref', 'fetch-depth', 'fetch-tags', 'persist-credentials', 'token', 'clean'],
]);

/**
 * Of all actions the lab has two: the checkout of the run's own repository, and the upload of an artifact.
 * @returns the step's outputs
 * @throws Error that says why it can't be run
 */
export async function useAction(used: UsedAction): Promise<Record<string, string>> {
  const [action = ''] = used.uses.split('@');
  used.log.line(`##[group]Run ${used.uses}`);
  used.log.line('##[endgroup]');
  switch (action) {
    case 'actions/checkout':
      refuseUnknown('checkout', used.inputs, CHECKOUT_INPUTS);
      await checkout(used);
      return {};
    case 'actions/upload-artifact':
      refuseUnknown('upload-artifact', used.inputs, UPLOAD_INPUTS);
      return uploadArtifact(used);
    default:
      throw new Error(`the lab's runner can't run ${used.uses}: write the step with run`);
  }
}

function refuseUnknown(action: string, inputs: UsedAction['inputs'], known: ReadonlySet<string>): void {
  const unable = Object.keys(inputs).find((name) => !known.has(name));
  if (unable !== undefined) throw new Error(`the lab's ${action} has no ${JSON.stringify(unable)}`);
}

async function checkout({ inputs, workspace, env, repository, ...used }: UsedAction): Promise<void> {
  const ref = inputs['ref'] ?? '';
  const sha = ref === '' ? used.sha : await used.resolve(ref);
  if (sha === undefined) throw new Error(`there is no ref ${JSON.stringify(ref)} to check out`);
  const options = { cwd: workspace, env, extendEnv: false };
  await execa('git', ['clone', '--quiet', '--no-checkout', repository, '.'], options);
  await execa('git', ['checkout', '--quiet', '--detach', sha, '--'], options);
}

async function uploadArtifact(used: UsedAction): Promise<Record<string, string>> {
  const { inputs, workspace, log } = used;
  const upload = await uploadOf(inputs, workspace, log);
  if (upload === undefined) return {};
  const { id, url } = await used.save(upload);
  log.line(describeUpload(upload));
  return { 'artifact-id': String(id), 'artifact-url': url };
}

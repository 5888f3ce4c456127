import { z } from 'zod';
import { findArtifact } from './artifacts.ts';
import type { Faults } from './faults.ts';
import { utc } from './git-objects.ts';
import { readLog } from './jobs.ts';
import type { Journal } from './journal.ts';
import { addCheck, addPull, forgetDeployments, freeBranch, protectBranch } from './lab-setup.ts';
import type { Limits } from './limits.ts';
import type { Answer, World } from './operation.ts';
import { parseFeatures } from './options.ts';
import { latestJobs } from './state.ts';

export interface Lab {
  world: World;
  faults: Faults;
  journal: Journal;
  limits: Limits;
  pushed(): Promise<void>;
}

/** What tests and the lab's operator steer the emulator by: no part of GitHub. */
export async function labRoute(lab: Lab, method: string, path: string, body: Buffer): Promise<Answer> {
  try {
    return await route(lab, method, path, body);
  } catch (error) {
    return { status: 422, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

async function route(lab: Lab, method: string, path: string, body: Buffer): Promise<Answer> {
  const json = (): unknown => JSON.parse(body.toString()) as unknown;
  const log = /^\/_lab\/jobs\/(\d+)\/log$/.exec(path)?.[1];
  if (log !== undefined) return text(await readLog(lab.world, Number(log)));
  const [, run, until] = /^\/_lab\/runs\/(\d+)\/(ended|settled)$/.exec(path) ?? [];
  if (run !== undefined) {
    await (until === 'ended' ? lab.world.runs.ended(Number(run)) : lab.world.runs.settled(Number(run)));
    const found = lab.world.store.state.runs.find((one) => one.id === Number(run));
    const { status, conclusion } = found ?? {};
    if (found !== undefined)
      return { status: 200, body: until === 'ended' ? { conclusion } : { status, conclusion } };
  }
  const summary = /^\/_lab\/runs\/(\d+)\/summary$/.exec(path)?.[1];
  if (summary !== undefined) return text(Buffer.from(summaryOf(lab.world, Number(summary))));
  const later = /^\/_lab\/runs\/(\d+)\/later$/.exec(path)?.[1];
  if (later !== undefined) {
    lab.world.runs.later(Number(later), z.strictObject({ minutes: z.number() }).parse(json()).minutes);
    return { status: 204 };
  }
  const branch = /^\/_lab\/branches\/(.+)$/.exec(path)?.[1];
  if (branch !== undefined && (method === 'PUT' || method === 'DELETE')) {
    const name = decodeURIComponent(branch);
    await (method === 'PUT' ? protectBranch(lab.world, name, json()) : freeBranch(lab.world, name));
    return { status: 204 };
  }
  const artifact = /^\/_lab\/artifacts\/(\d+)\/expire$/.exec(path)?.[1];
  if (artifact !== undefined) {
    findArtifact(lab.world, artifact).expiresAt = utc(Date.now() - 1000);
    return { status: 204 };
  }
  switch (`${method} ${path}`) {
    case 'POST /_lab/pushed':
      await lab.pushed();
      return { status: 204 };
    case 'POST /_lab/checks':
      return { status: 201, body: await addCheck(lab.world, json()) };
    case 'POST /_lab/pulls':
      return { status: 201, body: await addPull(lab.world, json()) };
    case 'POST /_lab/faults':
      return { status: 201, body: lab.faults.add(json()) };
    case 'DELETE /_lab/faults':
      lab.faults.clear();
      return { status: 204 };
    case 'PATCH /_lab/features':
      Object.assign(lab.world.settings.features, parseFeatures(json()));
      return { status: 204 };
    case 'DELETE /_lab/limits':
      lab.limits.clear();
      return { status: 204 };
    case 'DELETE /_lab/deployments':
      await forgetDeployments(lab.world, json());
      return { status: 204 };
    case 'GET /_lab/requests':
      return { status: 200, body: lab.journal.requests };
    case 'DELETE /_lab/requests':
      lab.journal.requests.length = 0;
      return { status: 204 };
    case 'GET /_lab/violations':
      return { status: 200, body: lab.journal.violations };
    case 'DELETE /_lab/violations':
      lab.journal.violations.length = 0;
      return { status: 204 };
    default:
      return { status: 404, body: { message: `the lab has no ${method} ${path}` } };
  }
}

function text(raw: Buffer): Answer {
  return { status: 200, raw, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}

/** What the steps of a run's last attempt wrote to GITHUB_STEP_SUMMARY. */
function summaryOf({ store: { state } }: World, id: number): string {
  const run = state.runs.find((one) => one.id === id);
  return run === undefined
    ? ''
    : latestJobs(state, run)
        .map(({ summary }) => summary)
        .join('');
}

import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { answered, explanation } from './failures.ts';
import { fromRun } from './run.ts';

type Dispatch = Pick<GitHub, 'dispatch' | 'dispatched' | 'waitingRuns' | 'cancelRun'>;

export function createDispatch(calls: Calls, readRun: GitHub['run']): Dispatch {
  const { octokit, at } = calls;
  const { actions } = octokit.rest;

  return {
    async dispatch(workflow, ref, inputs) {
      const start = (more: { return_run_details?: true }) =>
        actions.createWorkflowDispatch({
          ...{ ...at, ...once, workflow_id: workflow, ref, inputs: { ...inputs } },
          ...more,
        });
      try {
        const sent = await calls.send(`dispatch ${workflow}`, async () => {
          try {
            return await start({ return_run_details: true });
          } catch (error) {
            if (!isUnknownField(error)) throw error;
            return start({});
          }
        });
        const run = (sent?.data as { workflow_run_id?: number } | undefined)?.workflow_run_id;
        return run === undefined ? undefined : { run };
      } catch (error) {
        throw (await whyNot(error, workflow, ref)) ?? error;
      }
    },

    async dispatched(workflow, since) {
      // GitHub's times are whole seconds.
      const from = new Date(Math.floor(since / 1000) * 1000).toISOString().replace('.000Z', 'Z');
      const runs = await calls.find(`find the dispatched runs of ${workflow}`, () =>
        octokit.paginate(actions.listWorkflowRuns, {
          ...at,
          workflow_id: workflow,
          event: 'workflow_dispatch',
          created: `>=${from}`,
          per_page: 100,
        }),
      );
      return (runs ?? [])
        .filter((run) => run.event === 'workflow_dispatch' && Date.parse(run.created_at) >= Date.parse(from))
        .sort((a, b) => b.id - a.id)
        .map(fromRun);
    },

    async waitingRuns() {
      const runs = await calls.read('list the runs that wait', () =>
        octokit.paginate(actions.listWorkflowRunsForRepo, { ...at, status: 'waiting', per_page: 100 }),
      );
      return runs
        .filter((run) => run.status === 'waiting')
        .sort((a, b) => b.id - a.id)
        .map(fromRun);
    },

    async cancelRun(run) {
      await calls.write(
        `cancel run ${run}`,
        async () => {
          await actions.cancelWorkflowRun({ ...at, ...once, run_id: run });
          return true;
        },
        // One that came to its end by itself needs no end.
        async () => ((await readRun(run)).status === 'completed' ? true : undefined),
      );
    },
  };

  /** A refusal that is the configuration's, in its words. */
  async function whyNot(error: unknown, workflow: string, ref: string): Promise<HdError | undefined> {
    const cause = error instanceof HdError ? error.cause : undefined;
    if (answered(cause) === 404) {
      const found = await calls.find(`read workflow ${workflow}`, () =>
        actions.getWorkflow({ ...at, workflow_id: workflow }),
      );
      if (found !== undefined) return undefined;
      const message = `${calls.name} has no workflow ${workflow} on its default branch, where GitHub looks for what may be dispatched`;
      return new HdError('no-workflow', Exit.usage, message, { cause: error });
    }
    if (answered(cause) !== 422) return undefined;
    const said = explanation(cause);
    const listed = /^Unexpected inputs provided: \[(.*)\]/.exec(said)?.[1];
    const inputs = listed && [...listed.matchAll(/[^\s",]+/g)].join(', ');
    const message =
      inputs === undefined
        ? `GitHub can't dispatch ${workflow} on ${ref}: ${said}`
        : `${workflow} does not declare ${inputs} as inputs of workflow_dispatch on ${ref}`;
    return new HdError(inputs === undefined ? 'dispatch-refused' : 'unexpected-inputs', Exit.usage, message, {
      cause: error,
    });
  }
}

/** Enterprise Server up to 3.20: `"return_run_details" is not a permitted key.` */
function isUnknownField(error: unknown): boolean {
  const status = answered(error);
  return (status === 400 || status === 422) && explanation(error).includes('return_run_details');
}

import * as z from 'zod';
import { HdError } from '../../domain/errors.ts';
import type { ExitCode } from '../../domain/exit.ts';
import type { Downtime } from '../../engine/downtime.ts';
import type { GitHub } from '../../ports.ts';
import { orStop } from '../follow/stop.ts';
import type { World } from '../world.ts';

/** The artifact that a workflow keeps hd's report in. */
const REPORT = 'hd-report';

/** What the hd of the job says that it did: somebody else's word, and no proof. */
export interface JobReport {
  outcome?: string;
  exit?: number;
  deployment?: string;
  /** Why it was not done, and in which of the ways that an exit code tells. */
  error?: { code: string; exit: ExitCode; message: string };
  downtime?: Downtime;
}

const whole = z.int().min(0);
const words = z.string().transform((text) => text.slice(0, 400));
const schema = z.looseObject({
  schemaVersion: z.literal(1),
  outcome: words.optional(),
  exit: whole.optional(),
  deployment: z
    .string()
    .regex(/^d\d{1,9}$/)
    .optional()
    .catch(undefined),
  error: z
    .object({
      code: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
      exit: z.literal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130]),
      message: words,
    })
    .optional(),
  downtime: z.object({ ms: whole, probes: whole, probesFailed: whole }).optional().catch(undefined),
});

/** Reads `--json` of a deployment; undefined for what is none. */
export function readReport(text: string): JobReport | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = schema.safeParse(data);
  if (!read.success) return undefined;
  const { outcome, exit, deployment, error, downtime } = read.data;
  return {
    ...(outcome === undefined ? {} : { outcome }),
    ...(exit === undefined ? {} : { exit }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(error === undefined ? {} : { error }),
    ...(downtime === undefined
      ? {}
      : { downtime: { ms: downtime.ms, probes: downtime.probes, failed: downtime.probesFailed } }),
  };
}

/** The report that a run left; that there is none, or none that can be read, is said and stops nothing. */
export async function reportOf(world: World, github: GitHub, run: number): Promise<JobReport | undefined> {
  try {
    const files = await orStop(world.signal, github.artifact(run, REPORT));
    const text = [...(files ?? [])].find(([path]) => path.endsWith('.json'))?.[1];
    const report = text === undefined ? undefined : readReport(text);
    if (report === undefined)
      note(world, files === undefined ? 'the run left no report' : 'its report is none of hd');
    return report;
  } catch (error) {
    if (!(error instanceof HdError) || world.signal.aborted) throw error;
    note(world, `the run's report: ${error.message}`);
    return undefined;
  }
}

function note({ reporter }: World, text: string): void {
  reporter.event({ type: 'note', mark: 'idle', text });
}

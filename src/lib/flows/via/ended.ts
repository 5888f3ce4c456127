import type { RunReview } from '../../ports.ts';
import type { Concluded, Followed } from '../follow/run.ts';
import type { JobReport } from './report.ts';

/** All that was learnt of a run that is over. */
export interface Ended {
  followed: Followed;
  concluded: Concluded;
  report: JobReport | undefined;
  reviews: readonly RunReview[];
}

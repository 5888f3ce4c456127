import type { Environment } from '../../domain/environment.ts';

/** What `hd approve` and `hd reject` are asked for. */
export interface DecideRequest {
  decision: 'approve' | 'reject';
  /** Those that are meant. */
  environments: readonly Environment[];
  /** `--plan`: a hash, or its beginning. */
  plan?: string;
  /** `--run`. */
  run?: number;
  /** `--as`: of several roles, the one that is meant. */
  role?: string;
  comment: string;
  /** Says nothing: only what would be said, and to what. */
  dryRun: boolean;
  /** Asks at a terminal; throws if the answer is no. */
  confirm(question: string): Promise<void>;
}

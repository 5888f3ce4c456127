import type { Commit } from '../domain/version.ts';

/** One execution of a workflow, with all its attempts. */
export interface WorkflowRun {
  id: number;
  /** What its list shows: the `run-name`, once it is known. */
  title: string;
  /** The file's name: `deploy_backend.yml`. */
  workflow: string;
  number: number;
  attempt: number;
  status: 'queued' | 'running' | 'waiting' | 'completed';
  conclusion?: string;
  url: string;
  startedAt?: string;
  updatedAt?: string;
  commit: Commit;
  /** The login that started it. */
  by: string;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes fifos, where a step and a test wait for each other. */
export async function makeFifos(...paths: string[]): Promise<void> {
  await run('mkfifo', paths);
}

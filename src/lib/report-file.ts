import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where a verb's report goes: where `--report` says; inside Actions else to a file of the job, which the output `report`
 * names to the steps that follow.
 */
export function reportPath(flag: string | undefined, env: Env): string | undefined {
  if (flag !== undefined) return flag;
  const temporary = env['RUNNER_TEMP'];
  return env['GITHUB_ACTIONS'] === 'true' && temporary !== undefined && temporary !== ''
    ? join(temporary, 'hd-report.json')
    : undefined;
}

/**
 * Writes what `--json` says, and inside Actions the step's output `report=PATH`.
 * @returns why it was not written: no reason to fail what was done
 */
export async function writeReport(path: string, json: object, env: Env): Promise<string | undefined> {
  try {
    await writeFile(path, `${JSON.stringify(json, undefined, 2)}\n`);
    const outputs = env['GITHUB_OUTPUT'];
    const ours = env['GITHUB_ACTIONS'] === 'true' && !/[\r\n]/.test(path);
    if (ours && outputs !== undefined && outputs !== '') await appendFile(outputs, `report=${path}\n`);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return `the report was not written to ${path}: ${code}`;
  }
}

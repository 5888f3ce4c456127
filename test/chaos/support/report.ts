import { appendFileSync } from 'node:fs';

/** What one case came to: a line of the table in docs/reliability.md. */
export interface Line {
  /** `network cut`, `GitHub: 502`. */
  fault: string;
  /** `deploy on one host`, `rollback on three hosts`, `release`. */
  operation: string;
  /** When it came: `during pull`, the key of an exchange. */
  moment: string;
  /** Of the command that met it; null if it was killed. */
  exit: number | null;
  /** In its own words: `rolled-back`, `unreachable`. */
  outcome: string;
  /** What put things right once the fault was gone: `hd resume`, `the same command`, `nothing was needed`. */
  recovered: string;
}

/** Appends the line to the file that HD_CHAOS_REPORT names, for scripts/chaos.ts. */
export function report(line: Line): void {
  const file = process.env['HD_CHAOS_REPORT'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** The outcome in the headline of a run's end: `rolled-back`. */
export function outcomeOf({ stdout, stderr }: { stdout: string; stderr: string }): string {
  return /^[+x!✓✗] (.+?) {2}/m.exec(`${stdout}\n${stderr}`)?.[1] ?? 'no outcome';
}

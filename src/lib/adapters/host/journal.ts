import { canonical } from '../../domain/canonical.ts';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { JournalHead } from '../../domain/ledger.ts';
import type { Intent } from '../../ports.ts';

/** An intent as the host writes it down; the host puts its own time before the other keys. */
export function intentLine(
  { stage, cause }: Intent,
  fence: number,
  what: readonly string[],
  step?: string,
): string {
  return canonical({ fence, intent: { cause, stage }, what, ...(step === undefined ? {} : { step }) });
}

/** @throws HdError exit 5 for a name that a ledger can't have by right: it would be a path elsewhere */
export function expectDeployment(host: string, deployment: string): string {
  if (/^d\d+$/.test(deployment)) return deployment;
  throw new HdError(
    'bad-deployment',
    Exit.notVerified,
    `${JSON.stringify(deployment)} on ${host} is not the name of a deployment`,
  );
}

/** Undefined if there is no journal. */
export function journalHeadOf(text: string): JournalHead | undefined {
  const [, lines, sha256] = /^(\d+) ([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return lines === undefined || sha256 === undefined ? undefined : { lines: Number(lines), sha256 };
}

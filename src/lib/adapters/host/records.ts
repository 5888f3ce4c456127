import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { Completed, HostRecords } from '../../ports.ts';

/** @throws HdError exit 11 if the answer stops too soon, or the host could not read a file */
export function recordsOf(host: string, answer: Completed): HostRecords {
  const parts = answer.stdout
    .split('\x1e')
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [kind = '', name = ''] = part.slice(0, end).split(' ');
      return { kind, name, text: Buffer.from(part.slice(end + 1), 'base64').toString() };
    });
  if (parts.at(-1)?.kind !== 'end')
    throw new HdError(
      'host-answer',
      Exit.unreachable,
      `the ledger on ${host} could not be read: exit ${answer.status}`,
      {
        facts: [{ label: 'seen', text: `on ${host}:`, foreign: answer.stderr.trim().split('\n').slice(-8) }],
      },
    );
  const of = (kind: string): typeof parts => parts.filter((part) => part.kind === kind);
  return {
    ledger: of('ledger')[0]?.text ?? '',
    setAside: of('aside').map(({ name, text }) => ({ head: name, text })),
    journals: new Map(of('journal').map(({ name, text }) => [name, text])),
  };
}

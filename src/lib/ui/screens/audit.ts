import type { Audit } from '../../domain/audit/index.ts';
import type { View } from '../view.ts';

/** What `hd audit verify` found, environment by environment: what is wrong first. */
export function auditView(audits: readonly Audit[], header: readonly string[], at: number): View[] {
  const rowsOf = ({ rows }: Audit): View => ({
    kind: 'facts',
    facts: [...rows].sort((a, b) => order(a.mark) - order(b.mark)),
  });
  const top: View = { kind: 'header', parts: header, at };
  const [only] = audits;
  if (only !== undefined && audits.length === 1) return [top, rowsOf(only)];
  return [
    top,
    ...audits.flatMap((each): View[] => [{ kind: 'text', lines: [each.environment] }, rowsOf(each)]),
  ];
}

function order(mark: string | undefined): number {
  return mark === 'fail' ? 0 : 1;
}

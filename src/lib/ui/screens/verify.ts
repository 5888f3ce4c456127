import type { Finding } from '../../domain/finding.ts';
import type { VerifyReport } from '../../domain/reports.ts';
import { duration, time } from '../../domain/values.ts';
import type { Mark } from '../../domain/verdict.ts';
import type { Row } from '../layout.ts';
import type { View } from '../view.ts';

const MARK: Record<Finding['state'], Mark> = { passed: 'ok', failed: 'fail', unknown: 'warn' };

/**
 * The findings of `hd verify` (screens.md, 13): failed first, and beside a failure what passed is one row. With several
 * hosts, one whose checks all passed is one row.
 */
export function verifyView(report: VerifyReport, all: boolean, zone: string, now: number): View[] {
  const rowsOf = (findings: readonly Finding[]): View => {
    const of = (state: Finding['state']): readonly Finding[] =>
      findings.filter((each) => each.state === state);
    const passed = of('passed');
    const bad = [...of('failed'), ...of('unknown')];
    const whole = all || bad.length === 0 || passed.length === 0;
    const rows = [...bad, ...(whole ? passed : [])].map((each) => rowOf(each, zone, now));
    return { kind: 'rows', rows: whole ? rows : [...rows, folded(passed)] };
  };
  const [only] = report.hosts;
  if (only !== undefined && report.hosts.length === 1) return [rowsOf(only.findings)];
  return report.hosts.flatMap(({ name, findings }): View[] => {
    const text = `${findings.length} of ${findings.length}`;
    if (!all && findings.every((each) => each.state === 'passed'))
      return [{ kind: 'rows', rows: [{ mark: 'ok', name, text }] }];
    return [{ kind: 'text', lines: [name] }, rowsOf(findings)];
  });
}

function folded(passed: readonly Finding[]): Row {
  return { mark: 'ok', name: `${passed.length} more`, text: passed.map((each) => each.check).join(', ') };
}

/** A failed row says what was wanted, what was asked, and what came back. */
function rowOf(finding: Finding, zone: string, now: number): Row {
  const { evidence } = finding;
  const took = duration(evidence.ms);
  const base = { mark: MARK[finding.state], name: finding.check, text: finding.text, took };
  if (finding.state === 'passed') return base;
  const where = evidence.where === 'here' ? 'asked from here' : `asked on ${evidence.where}`;
  const tries = evidence.attempts === 1 ? '1 try' : `${evidence.attempts} tries`;
  return {
    ...base,
    more: [`${evidence.asked}, ${where} at ${time(evidence.at, zone, now)}, ${tries}`],
    ...(evidence.got === undefined ? {} : { foreign: evidence.got }),
  };
}

import type { Finding } from '../../domain/finding.ts';
import type { VerifyReport } from '../../domain/reports.ts';
import { duration, time } from '../../domain/values.ts';
import type { Mark } from '../../domain/verdict.ts';
import type { Row } from '../layout.ts';
import type { View } from '../view.ts';

const MARK: Record<Finding['state'], Mark> = { passed: 'ok', failed: 'fail', unknown: 'warn' };

/** The findings of `hd verify` (screens.md, 13). With several hosts, one whose checks all passed is one row. */
export function verifyView(report: VerifyReport, all: boolean, zone: string, now: number): View[] {
  if (report.hosts.length === 1)
    return [
      {
        kind: 'rows',
        rows: report.hosts.flatMap((host) => host.findings.map((each) => rowOf(each, zone, now))),
      },
    ];
  return report.hosts.flatMap(({ name, findings }): View[] => {
    const bad = findings.filter((each) => each.state !== 'passed');
    if (bad.length === 0 && !all)
      return [
        { kind: 'rows', rows: [{ mark: 'ok', name, text: `${findings.length} of ${findings.length}` }] },
      ];
    const shown = all ? findings : bad;
    const folded: Row[] =
      shown.length === findings.length
        ? []
        : [
            {
              mark: 'ok',
              name: `${findings.length - shown.length} more`,
              text: findings
                .filter((each) => each.state === 'passed')
                .map((each) => each.check)
                .join(', '),
            },
          ];
    return [
      { kind: 'text', lines: [name] },
      { kind: 'rows', rows: [...shown.map((each) => rowOf(each, zone, now)), ...folded] },
    ];
  });
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

import type { Fact } from '../../domain/verdict.ts';
import { shortCommit } from '../../domain/version.ts';
import type { View } from '../view.ts';

export interface ExplainScreen {
  header: readonly string[];
  /** A gate each. */
  rows: readonly Fact[];
  rulesFrom?: { branch: string; commit: string; here: 'same' | 'none' | 'other' };
}

/** What the file here says beside the rules that count. */
const HERE = {
  same: '',
  none: '; hd.yml here has none',
  other: '; hd.yml here has others, which do not bind',
} as const;

/** Every gate with its evidence (screens.md, 15). */
export function explainView({ header, rows, rulesFrom }: ExplainScreen, now: number): View[] {
  const table = {
    head: ['GATE', 'EVIDENCE, AND WHAT OPENS IT'],
    rows: rows.map(({ mark = 'idle', label, text, more = [] }) => ({ mark, cells: [label, text], more })),
  };
  const from =
    rulesFrom && `hd.yml on ${rulesFrom.branch}, ${shortCommit(rulesFrom.commit)}${HERE[rulesFrom.here]}`;
  return [
    { kind: 'header', parts: header, at: now },
    ...(rows.length === 0 ? [] : [{ kind: 'table', table } as const]),
    ...(from === undefined ? [] : [{ kind: 'facts', facts: [{ label: 'rules', text: from }] } as const]),
  ];
}

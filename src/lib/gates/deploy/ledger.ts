import { count } from '../../domain/names.ts';
import type { DeployGate } from './gate.ts';

/** The chain verifies on every host, and all tell one story: what other gates count by can be relied on. */
export const ledger: DeployGate = {
  name: 'ledger',
  judge({ ledger: { entries, problems }, environment }) {
    const [first, ...rest] = problems;
    if (first === undefined)
      return {
        state: 'open',
        text: entries === 0 ? 'no entries yet' : `${count(entries, 'entry', 'entries')}, chain whole`,
      };
    return {
      state: 'closed',
      text: first,
      more: [...rest, `see hd audit verify ${environment}`],
      opensWhen: 'the ledger is whole',
    };
  },
};

import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Judgement } from './judge.ts';
import { closedText } from './rows.ts';

/** Gates that are closed now: the flow makes an answer of it, and nothing was begun. */
export class GatesClosed extends HdError {
  readonly judgement: Judgement;
  constructor(judgement: Judgement) {
    super('gates-closed', Exit.refused, closedText(judgement.verdicts));
    this.judgement = judgement;
  }
}

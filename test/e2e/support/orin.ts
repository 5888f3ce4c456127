import assert from 'node:assert/strict';
import { assertEnding, type Ending } from './ending.ts';
import type { HdOptions, HdResult } from './lab.ts';
import { project, type Project } from './project.ts';

export const SERVES = 'orin serves v1.5.0 on 1 of 1 host';

/** One host that serves v1.5.0, after v1.4.0: where the stories of bad luck begin, and where they end. */
export class Orin {
  readonly here: Project;

  private constructor(here: Project) {
    this.here = here;
  }

  static async open(): Promise<Orin> {
    return new Orin(await project());
  }

  ensure(): Promise<void> {
    return this.here.ensure('orin', 'v1.4.0', 'v1.5.0');
  }

  deploy(tag: string, options: HdOptions = {}): Promise<HdResult> {
    return this.here.hd(['deploy', 'orin', '--tag', tag, '--yes'], options);
  }

  /** Nothing was begun: the container and, unless a refusal is recorded, the ledger are as they were. */
  async untouched(story: () => Promise<void>, recorded: 'nothing' | 'refused' = 'nothing'): Promise<void> {
    const { here } = this;
    const container = await here.container('orin', 'backend');
    const before = await here.assertServes('orin', '1.5.0');
    await story();
    const after = await here.assertServes('orin', '1.5.0');
    assert.deepEqual(await here.container('orin', 'backend'), container);
    assert.deepEqual(after.releases, before.releases);
    const added = after.ledger.slice(before.ledger.length).map((each) => each.kind);
    assert.deepEqual(added, recorded === 'refused' ? ['refused'] : []);
    assert.ok(after.text.startsWith(before.text), 'the ledger');
  }

  /** v1.5.0 was put back and proved, and the ledger says why. */
  async wentBack(tag: string, options: HdOptions, says: NonNullable<Ending['says']>): Promise<void> {
    assertEnding(await this.deploy(tag, options), {
      exit: 6,
      outcome: 'rolled-back',
      serves: `${SERVES}, as before`,
      says: [`failed ${tag} on orin: `, / safe yes: \d+ of \d+ checks passed/, ...says],
      next: ['hd history orin'],
    });
    const { ledger } = await this.here.assertServes('orin', '1.5.0');
    const last = ledger.at(-1);
    assert.deepEqual([last?.outcome, last?.release?.tag], ['rolled-back', tag]);
    assert.ok(last?.reason !== undefined && last.reason !== '');
  }
}

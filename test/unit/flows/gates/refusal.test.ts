import assert from 'node:assert/strict';
import { errorBlock } from '../../../../src/lib/failure.ts';
import { skippedGates } from '../../../../src/lib/flows/gates/break-glass.ts';
import { GatesClosed } from '../../../../src/lib/flows/gates/closed.ts';
import type { Judgement } from '../../../../src/lib/flows/gates/judge.ts';
import { refusedAnswer, slotText } from '../../../../src/lib/flows/gates/refused.ts';
import { openFact } from '../../../../src/lib/flows/gates/rows.ts';
import type { DeployFacts } from '../../../../src/lib/gates/deploy/gate.ts';
import { judgeDeploy } from '../../../../src/lib/gates/deploy/index.ts';
import type { GateVerdict } from '../../../../src/lib/gates/gate.ts';
import { gatesOf } from '../../../../src/lib/mutating.ts';
import { endBlockLines } from '../../../../src/lib/ui/endblock.ts';
import { environment } from '../../../support/core.ts';
import { fakeWorld } from '../../../support/world.ts';
import {
  BEFORE,
  DAY,
  factsOf,
  HOUR,
  NOW,
  NEW_YORK,
  OFFICE,
  POLICY,
  RELEASE,
} from '../../gates/deploy/facts.ts';
import { WIDE } from '../../ui/golden.ts';

const world = fakeWorld({ zone: NEW_YORK });
const prod = environment({ name: 'prod', hosts: ['prod-1', 'prod-2', 'prod-3'] });
const SERVES = 'prod serves v1.3.2 on 3 of 3 hosts';
const TYPED = ['hd', 'deploy', 'prod', '--tag', 'v1.4.0'];

function judged(facts: DeployFacts): Judgement {
  return {
    rules: { policy: facts.policy, roles: {}, config: world.config },
    facts,
    verdicts: judgeDeploy(facts),
  };
}

/** Saturday, as on screen 5. */
const saturday = factsOf({
  policy: {
    ...POLICY,
    window: OFFICE,
    promotedFrom: { environment: 'staging', withinMs: DAY },
    breakGlass: ['window', 'promoted_from'],
  },
  recorded: BEFORE,
  elsewhere: [{ release: RELEASE, at: NOW - 26 * HOUR }],
});

async function screen(facts: DeployFacts, typed = TYPED): Promise<string> {
  const { block } = await refusedAnswer(world, prod, judged(facts), SERVES, typed);
  return endBlockLines(block, WIDE)
    .map((line) => line.map((span) => span.text).join(''))
    .join('\n');
}

describe('a change that gates refuse', () => {
  it('names what is closed, its evidence, and what opens it (screens.md, 5)', async () => {
    const text = await screen(saturday);
    assert.match(text, /^ {2}✗ window {9}Saturday 11:20; open mon to thu, 09:00 to 15:00/);
    assert.match(text, /✗ promoted_from +9f2c41d07be3 was confirmed in staging 26h ago; limit 24h/);
    assert.match(text, /✓ \d open +/);
    assert.match(
      text,
      /✗ refused {2}prod serves v1\.3\.2 on 3 of 3 hosts; nothing was changed {2}\(exit 3\)\n {2}next +hd verify staging --record\n/,
    );
    assert.match(text, / {2}urgent +the same with --break-glass --incident REF --reason WHY$/);
  });

  it('offers the slot that time brings, after what can be done now', async () => {
    const text = await screen(saturday);
    assert.match(
      text,
      /next +hd verify staging --record\n +wait until Mon 2026-11-23 09:00:\n? *hd deploy prod --tag v1\.4\.0 --at next-slot/,
    );
    const open = { ...saturday, now: Date.parse('2026-11-23T15:00:00Z') };
    assert.ok(!(await screen(open)).includes('next-slot'));
  });

  it('is not urgent where a closed gate may not be skipped', async () => {
    const drifted = { ...saturday, drift: ['prod-2 runs something else'] };
    assert.ok(!(await screen(drifted)).includes('urgent'));
  });

  it('leaves the words of an emergency out of the command that waits', async () => {
    const { promotedFrom: _, ...policy } = saturday.policy;
    const typed = [
      ...TYPED,
      '--break-glass',
      '--incident',
      'INC-7',
      '--reason=it burns',
      '--skip',
      'window',
      '--again',
    ];
    assert.match(
      await screen({ ...saturday, policy }, typed),
      /hd deploy prod --tag v1\.4\.0 --at next-slot/,
    );
  });

  it('is out of reach, and not refused, where nothing is closed but could not be judged', async () => {
    const policy = { ...POLICY, incidents: { label: 'critical' } };
    const facts = factsOf({ policy, incidents: { unknown: 'github.com: no whole answer in 15s' } });
    const { exit, block } = await refusedAnswer(world, prod, judged(facts), SERVES, TYPED);
    assert.deepEqual([exit, block.verdict.outcome], [11, 'unreachable']);
    assert.deepEqual(
      block.facts.filter((fact) => fact.mark === 'warn').map((fact) => fact.label),
      ['incidents'],
    );
  });

  it('tells an error with the gates that are closed, in one sentence', () => {
    const error = new GatesClosed(judged(saturday));
    assert.equal(error.message, '2 gates are closed: window, promoted_from');
    assert.equal(errorBlock(error, { verb: ['deploy'], argv: [] }).verdict.exit, 3);
  });

  it('says a slot by the first minute at which all of it is open', () => {
    assert.equal(slotText(Date.parse('2026-11-23T14:00:00Z'), NEW_YORK), 'Mon 2026-11-23 09:00');
    assert.equal(slotText(Date.parse('2026-11-23T14:00:00.001Z'), NEW_YORK), 'Mon 2026-11-23 09:01');
  });
});

describe('the row of gates that are open', () => {
  const open = (gate: string, closesAt?: number): GateVerdict => ({
    gate,
    state: 'open',
    text: '',
    ...(closesAt === undefined ? {} : { closesAt }),
  });

  it('says which closes next', () => {
    const verdicts = [
      open('promoted_from', NOW + 5 * HOUR),
      open('window', NOW + 289 * 60_000),
      open('disk'),
    ];
    assert.deepEqual(openFact(verdicts, NOW, NEW_YORK), {
      mark: 'ok',
      label: 'gates',
      text: '3 of 3 open; the next to close: window at 16:09, in 4h 49m',
    });
  });

  it('says that people come after them, and that a rollback was not asked', () => {
    const waiting: GateVerdict = { gate: 'approvals', state: 'waiting', text: '' };
    assert.equal(openFact([open('disk'), waiting], NOW, NEW_YORK).text, '1 of 2 open; then approvals');
    const skipped: GateVerdict = { gate: 'window', state: 'skipped', text: '' };
    assert.equal(openFact([skipped], NOW, NEW_YORK).text, 'not asked of a rollback: window');
  });
});

describe('an emergency', () => {
  const verdict = (gate: string, state: GateVerdict['state']): GateVerdict => ({
    gate,
    state,
    text: `${gate}!`,
  });
  const verdicts = [
    verdict('window', 'closed'),
    verdict('rate', 'open'),
    verdict('incidents', 'unknown'),
    verdict('approvals', 'waiting'),
  ];
  const all = ['window', 'incidents', 'approvals'];
  const wish = { incident: 'INC-7', reason: 'it burns' };
  const names = (some: readonly GateVerdict[]) => some.map((each) => each.gate);

  it('skips what is closed, not known or waits for people, and nothing that is open', () => {
    assert.deepEqual(names(skippedGates(verdicts, [...all, 'rate'], wish)), all);
  });

  it('skips those alone that are named', () => {
    assert.deepEqual(names(skippedGates(verdicts, all, { ...wish, skip: ['window'] })), ['window']);
    assert.throws(() => skippedGates(verdicts, all, { ...wish, skip: ['windows'] }), {
      exit: 2,
      message: /windows is no gate/,
    });
  });

  it('is refused by a closed gate that the policy does not let be skipped', () => {
    assert.throws(() => skippedGates(verdicts, ['approvals'], wish), {
      exit: 3,
      message: 'window and incidents may not be skipped, not even in an emergency',
    });
    // People are still asked where only they may not be passed over.
    assert.deepEqual(names(skippedGates(verdicts, ['window', 'incidents'], wish)), ['window', 'incidents']);
    const asked = { ...wish, skip: ['approvals'] };
    assert.throws(() => skippedGates(verdicts, ['window', 'incidents'], asked), { exit: 3 });
  });

  it('waits for people only where somebody sees it, unless that is asked for', () => {
    const flags = { 'break-glass': false, incident: undefined, reason: undefined, skip: undefined };
    assert.deepEqual(
      [true, false].map((there) => gatesOf(flags, there).wait),
      [true, false],
    );
    assert.equal(gatesOf({ ...flags, wait: true }, false).wait, true);
    assert.equal(gatesOf({ ...flags, wait: false }, true).wait, false);
  });

  it('needs what happened and why, and is not mixed with waiting', () => {
    const flags = {
      at: undefined,
      wait: true,
      'break-glass': true,
      incident: 'INC-7',
      reason: ' it burns ',
      skip: 'window, rate',
    };
    assert.deepEqual(gatesOf(flags, false), {
      nextSlot: false,
      wait: true,
      breakGlass: { incident: 'INC-7', reason: 'it burns', again: false, skip: ['window', 'rate'] },
    });
    for (const wrong of [
      { ...flags, reason: ' ' },
      { ...flags, incident: undefined },
      { ...flags, at: 'next-slot' },
      { ...flags, 'break-glass': false },
      {
        ...flags,
        'break-glass': false,
        incident: undefined,
        reason: undefined,
        skip: undefined,
        again: true,
      },
    ])
      assert.throws(() => gatesOf(wrong, true), { exit: 2 });
  });
});

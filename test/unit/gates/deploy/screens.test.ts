import type { Standing } from '../../../../src/lib/domain/approval.ts';
import assert from 'node:assert/strict';
import type { Policy } from '../../../../src/lib/domain/policy.ts';
import type { DeployFacts } from '../../../../src/lib/gates/deploy/gate.ts';
import { deployGates, judgeDeploy, judgeTime } from '../../../../src/lib/gates/deploy/index.ts';
import { gateMarks } from '../../../../src/lib/gates/gate.ts';
import { factsLines } from '../../../../src/lib/ui/layout.ts';
import { reads, WIDE } from '../../ui/golden.ts';
import { DAY, HOUR, NOW, OFFICE, POLICY, RELEASE, withPolicy } from './facts.ts';

const WHOLE: Policy = {
  ...POLICY,
  window: { ...OFFICE, holidays: 'US' },
  rate: { deploys: 1, perMs: 4 * HOUR },
  promotedFrom: { environment: 'staging', withinMs: DAY },
  incidents: { label: 'critical', withinMs: DAY },
  approvals: {
    by: 'roles',
    quorum: { 'tech-lead': { count: 1, meaning: 'approval' }, 'qa-lead': { count: 1, meaning: 'review' } },
  },
};

const nobody = (role: string, login: string): Standing['roles'][number] => ({
  ...{ role, needed: 1, meaning: 'approval', votes: [] },
  asked: [login],
});

/** As on screen 15. */
const SATURDAY: DeployFacts = withPolicy(WHOLE, {
  holidays: [{ date: '2026-11-26', name: 'Thanksgiving Day' }],
  deployments: [{ deployment: 'd48', at: NOW - 2 * DAY - HOUR }],
  elsewhere: [{ release: RELEASE, at: NOW - 26 * HOUR }],
  incidents: { open: [], recent: [] },
  approvals: {
    state: 'not-asked',
    plan: '',
    roles: [nobody('tech-lead', 'login-b'), nobody('qa-lead', 'login-c')],
    notCounted: [],
  },
});

describe('the gates of a deployment', () => {
  it('say what they see, and what opens them (screens.md, 15)', () => {
    const rows = judgeDeploy(SATURDAY).map(({ gate, state, text, more = [] }) => ({
      ...{ mark: gateMarks[state], label: gate, text, more },
    }));
    reads(
      factsLines(rows, WIDE),
      `
  ✗ window         Saturday 11:20; open mon to thu, 09:00 to 15:00
                   opens Mon 2026-11-23 09:00, in 1d 21h
                   closed Thu 2026-11-26, Thanksgiving Day
  ✓ rate           last deployment 2d ago; 1 per 4h
  ✗ promoted_from  9f2c41d07be3 was confirmed in staging 26h ago; limit 24h
                   opens with: hd verify staging --record
  ✓ incidents      no open issue labelled critical, none opened in 24h
  ✓ checks         6 of 6 green on 8c3f2e1
  ✓ branch         8c3f2e1 is on main
  ✓ immutable      1 of 1 images pinned by digest
  ✓ drift          3 of 3 hosts run what the ledger says
  ✓ ledger         812 entries, chain whole
  ✓ disk           118 MB to pull; prod-2 has least, 19 GB
  · approvals      tech-lead 0 of 1: login-b; qa-lead 0 of 1: login-c
                   asked when the rest is open; not of who asks
`,
    );
  });

  it('are the six that stand, where a policy says nothing', () => {
    assert.deepEqual(
      deployGates(POLICY).map(({ name }) => name),
      ['checks', 'branch', 'immutable', 'drift', 'ledger', 'disk'],
    );
  });

  it('are those that the policy says, and not those that it turns off', () => {
    const without = ['checks', 'branch', 'immutable', 'drift', 'ledger', 'disk'] as const;
    for (const [index, name] of without.entries()) {
      const left = deployGates({ ...POLICY, without: [name] }).map((gate) => gate.name);
      assert.deepEqual(left, without.toSpliced(index, 1));
    }
    const chosen = deployGates({ ...WHOLE, without }).map(({ name }) => name);
    assert.deepEqual(chosen, ['window', 'rate', 'promoted_from', 'incidents', 'approvals']);
  });

  it('of time alone are judged from the clock and the ledger', () => {
    const { now, zone, policy, holidays, deployments } = SATURDAY;
    const facts = { now, zone, policy, holidays, deployments };
    const [window, rate] = judgeDeploy(SATURDAY);
    assert.deepEqual(judgeTime(facts), [window, rate]);
    assert.deepEqual(judgeTime({ ...facts, policy: POLICY }), []);
  });

  it('all judge, whatever the others say', () => {
    const unknown = { unknown: 'github.com: no answer in 15s' };
    const all = {
      holidays: unknown,
      elsewhere: unknown,
      incidents: unknown,
      checks: unknown,
      branch: unknown,
    };
    const verdicts = judgeDeploy({ ...SATURDAY, ...all, approvals: unknown });
    assert.deepEqual(
      verdicts.map(({ gate, state }) => `${gate} ${state}`),
      [
        ...['window closed', 'rate open', 'promoted_from unknown', 'incidents unknown', 'checks unknown'],
        ...[
          'branch unknown',
          'immutable open',
          'drift open',
          'ledger open',
          'disk open',
          'approvals unknown',
        ],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import type { Policy } from '../../../src/lib/domain/policy.ts';
import { read, withEnvironments } from './support.ts';

const HOUR = 3_600_000;
const ROLES = 'roles: {tech-lead: [login-a, acme/leads], qa-lead: [login-c], owner: [LOGIN-C]}\n';

/** What stands in `prod`, with the roles and a staging beside it. */
function file(prod: string): string {
  return `${ROLES}${withEnvironments(`  staging: {hosts: [s1]}\n  prod:\n    hosts: [p1]\n${prod}`)}`;
}

function policyOf(text: string): Policy | undefined {
  return read(file(text)).environments['prod']?.policy;
}

const WINDOW = 'window: {days: [mon], from: "09:00", to: "15:00", zone: America/New_York';

describe('a policy in hd.yml', () => {
  it('is none where none is said, and the six standing gates where it says nothing', () => {
    assert.equal(policyOf(''), undefined);
    assert.deepEqual(policyOf('    policy: {}'), {
      without: [],
      requiredChecks: [],
      breakGlass: ['window', 'rate', 'promoted_from', 'incidents', 'checks', 'branch', 'approvals'],
      asking: { remindMs: HOUR, expireMs: 24 * HOUR },
    });
  });

  it('takes what is said', () => {
    const text = `    via: workflow
    github: {environment: Production, workflow: deploy_backend.yml, rollback_workflow: rollback.yml}
    policy:
      approvals: {tech-lead: 1, qa-lead: {count: 1, meaning: review}}
      rollback_approvals: {tech-lead: 2}
      window:
        days: [mon, tue]
        from: 09:00
        to: 24:00
        zone: America/New_York
        holidays: US
        blackouts: [{from: 2026-12-24, to: 2027-01-02, why: Year end}, {from: 12-24, to: 01-02, why: a}, {from: 02-29, why: b}]
        freezes: [{from: 2026-12-01T18:00:00-05:00, to: 2026-12-02T06:00Z, why: Migration}]
      rate: {deploys: 2, per: 7d}
      promoted_from: {environment: staging, within: 24h}
      incidents: {label: critical}
      checks: [integration]
      branch: false
      disk: false
      break_glass: [window]
      asking: {remind: 30m, escalate: {after: 4h, to: [login-d, acme/leads]}, expire: 3d}`;
    const prod = read(file(text)).environments['prod'];
    assert.equal(prod?.via, 'workflow');
    assert.deepEqual(prod.github, {
      environment: 'Production',
      workflow: 'deploy_backend.yml',
      rollbackWorkflow: 'rollback.yml',
    });
    assert.deepEqual(prod.policy, {
      approvals: {
        by: 'roles',
        quorum: {
          'tech-lead': { count: 1, meaning: 'approval' },
          'qa-lead': { count: 1, meaning: 'review' },
        },
      },
      rollbackApprovals: { 'tech-lead': { count: 2, meaning: 'approval' } },
      window: {
        days: ['mon', 'tue'],
        from: '09:00',
        to: '24:00',
        zone: 'America/New_York',
        holidays: 'US',
        blackouts: [
          { from: '2026-12-24', to: '2027-01-02', why: 'Year end' },
          { from: '12-24', to: '01-02', why: 'a' },
          { from: '02-29', to: '02-29', why: 'b' },
        ],
        freezes: [{ from: Date.UTC(2026, 11, 1, 23), to: Date.UTC(2026, 11, 2, 6), why: 'Migration' }],
      },
      rate: { deploys: 2, perMs: 7 * 24 * HOUR },
      promotedFrom: { environment: 'staging', withinMs: 24 * HOUR },
      incidents: { label: 'critical' },
      without: ['branch', 'disk'],
      requiredChecks: ['integration'],
      breakGlass: ['window'],
      asking: {
        remindMs: HOUR / 2,
        escalate: { afterMs: 4 * HOUR, to: ['login-d', 'acme/leads'] },
        expireMs: 72 * HOUR,
      },
    });
    assert.deepEqual(
      { ...read(file(text)).roles },
      {
        'tech-lead': ['login-a', 'acme/leads'],
        'qa-lead': ['login-c'],
        owner: ['LOGIN-C'],
      },
    );
  });

  it('leaves approval to GitHub only where a workflow deploys', () => {
    const policy = policyOf(
      '    via: workflow\n    github: {workflow: d.yml}\n    policy: {approvals: github}',
    );
    assert.deepEqual(policy?.approvals, { by: 'github' });
  });

  it('is inherited, key by key', () => {
    const text = `  base: {hosts: [h], policy: {${WINDOW}}, rate: {deploys: 1, per: 4h}}}
  prod: {extends: base, policy: {window: {to: "12:00"}, drift: false}}`;
    const policy = read(withEnvironments(text)).environments['prod']?.policy;
    assert.deepEqual([policy?.window?.from, policy?.window?.to], ['09:00', '12:00']);
    assert.deepEqual([policy?.rate?.deploys, policy?.without], [1, ['drift']]);
  });

  it('turns off the checks that nobody wants', () => {
    assert.deepEqual(policyOf('    policy: {checks: false}')?.without, ['checks']);
    assert.deepEqual(policyOf('    policy: {checks: true}')?.without, []);
  });

  for (const zone of [
    'UTC',
    'Asia/Kolkata',
    'Europe/Kyiv',
    'Etc/GMT+5',
    'EST5EDT',
    'America/Argentina/Ushuaia',
  ]) {
    it(`knows the zone ${zone}`, () => {
      assert.equal(
        policyOf(`    policy: {${WINDOW.replace('America/New_York', zone)}}}`)?.window?.zone,
        zone,
      );
    });
  }
});

import assert from 'node:assert/strict';
import { complaints, read, withEnvironments } from './support.ts';

const ROLES = 'roles: {tech-lead: [login-a, acme/leads], qa-lead: [login-c], owner: [LOGIN-C]}\n';

/** What stands in `prod`, with the roles and a staging beside it. */
function file(prod: string): string {
  return `${ROLES}${withEnvironments(`  staging: {hosts: [s1]}\n  prod:\n    hosts: [p1]\n${prod}`)}`;
}

/** Golden texts: what a person sees, in whole. */
const screens: readonly (readonly [what: string, prod: string, screen: string])[] = [
  [
    'a zone that is none, with the nearest (screens.md, 19)',
    `    policy: {window: {zone: America/NewYork, days: [mon], from: "09:00", to: "15:00"}}`,
    `hd.yml:8:29  environments.prod.policy.window.zone: no such zone
  8 |     policy: {window: {zone: America/NewYork, days: [mon], from: "09:00", …
    |                             ^^^^^^^^^^^^^^^
  write      America/New_York`,
  ],
  [
    "a winter's time all year, and a name that is near nothing (T19)",
    `    policy:
      window: {days: [mon], from: "09:00", to: "15:00", zone: EST}
  b:
    hosts: [b1]
    policy:
      window: {days: [mon], from: "09:00", to: "15:00", zone: Headquarters}`,
    `hd.yml:9:63  environments.prod.policy.window.zone: EST is not what clocks show
  in summer
  9 |       window: {days: [mon], from: "09:00", to: "15:00", zone: EST}
    |                                                               ^^^
  write      America/New_York; Etc/GMT+5 if UTC-5 all year is meant

hd.yml:13:63  environments.b.policy.window.zone: no such zone
  13 | …   window: {days: [mon], from: "09:00", to: "15:00", zone: Headquarters}
     |                                                             ^^^^^^^^^^^^
  write      the IANA name of a place: America/New_York`,
  ],
  [
    'a window without days, one that never opens, and times that no clock shows',
    `    policy: {window: {from: "09:00", to: "09:00", zone: UTC}}
  b: {hosts: [b1], policy: {window: {days: [], from: 9:00, to: "24:01", zone: UTC}}}
  c: {hosts: [c1], policy: {window: {days: [mon, thi, mon], from: "24:00", to: "15:00", zone: UTC}}}`,
    `hd.yml:8:22  environments.prod.policy.window: days is missing
  8 |     policy: {window: {from: "09:00", to: "09:00", zone: UTC}}
    |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  write      days: [mon, tue, wed, thu]

hd.yml:8:42  environments.prod.policy.window.to: the window ends when it begins
  8 |     policy: {window: {from: "09:00", to: "09:00", zone: UTC}}
    |                                          ^^^^^^^
  write      from: "00:00", to: "24:00" for the whole day

hd.yml:9:44  environments.b.policy.window.days: the list is empty
  9 |   b: {hosts: [b1], policy: {window: {days: [], from: 9:00, to: "24:01", z…
    |                                            ^^

hd.yml:9:54  environments.b.policy.window.from: not a time of day
  9 |   b: {hosts: [b1], policy: {window: {days: [], from: 9:00, to: "24:01", z…
    |                                                      ^^^^
  write      "09:00", from 00:00 to 23:59

hd.yml:9:64  environments.b.policy.window.to: not a time of day
  9 |   b: {hosts: [b1], policy: {window: {days: [], from: 9:00, to: "24:01", z…
    |                                                                ^^^^^^^
  write      "15:00", up to 24:00

hd.yml:10:50  environments.c.policy.window.days[1]: no such value, thi
  10 |   c: {hosts: [c1], policy: {window: {days: [mon, thi, mon], from: "24:00…
     |                                                  ^^^
  write      thu

hd.yml:10:67  environments.c.policy.window.from: not a time of day
  10 | …c: {hosts: [c1], policy: {window: {days: [mon, thi, mon], from: "24:00"…
     |                                                                  ^^^^^^^
  write      "09:00", from 00:00 to 23:59`,
  ],
  [
    'days and moments that are not there, or in the wrong order',
    `    policy:
      window:
        {days: [mon], from: "09:00", to: "15:00", zone: UTC, holidays: usa,
         blackouts: [{from: 2026-02-29, why: a}, {from: 2026-12-24, to: 01-02, why: b},
                     {from: 2027-01-02, to: 2026-12-24, why: c}, {from: 12-24, to: 12-26},
                     {from: 12-32, why: " e"}],
         freezes: [{from: 2026-12-01T18:00, to: 2026-12-02T06:00Z, why: f},
                   {from: 2026-12-02T06:00Z, to: 2026-12-02T01:00:00-05:00, why: g},
                   {from: 2026-12-02T25:00Z, to: 2026-12-03T00:00Z, why: h}]}`,
    `hd.yml:10:72  environments.prod.policy.window.holidays: not the code of a
  country or a part of one
  10 | …     {days: [mon], from: "09:00", to: "15:00", zone: UTC, holidays: usa,
     |                                                                      ^^^
  write      US, or DE-BY for a part

hd.yml:11:29  environments.prod.policy.window.blackouts[0].from: no such day
  11 |          blackouts: [{from: 2026-02-29, why: a}, {from: 2026-12-24, to: …
     |                             ^^^^^^^^^^
  write      2026-12-24, or 12-24 for every year

hd.yml:11:73  environments.prod.policy.window.blackouts[1].to: with a year or
  without one, as its beginning: 2026-12-24
  11 | …   blackouts: [{from: 2026-02-29, why: a}, {from: 2026-12-24, to: 01-02…
     |                                                                    ^^^^^

hd.yml:12:45  environments.prod.policy.window.blackouts[2].to: is before its
  beginning, 2027-01-02
  12 |                      {from: 2027-01-02, to: 2026-12-24, why: c}, {from: …
     |                                             ^^^^^^^^^^

hd.yml:12:66  environments.prod.policy.window.blackouts[3]: why is missing
  12 | …   {from: 2027-01-02, to: 2026-12-24, why: c}, {from: 12-24, to: 12-26},
     |                                                 ^^^^^^^^^^^^^^^^^^^^^^^^
  write      why: "Year end"

hd.yml:13:29  environments.prod.policy.window.blackouts[4].from: not a day
  13 |                      {from: 12-32, why: " e"}],
     |                             ^^^^^
  write      2026-12-24, or 12-24 for every year

hd.yml:13:41  environments.prod.policy.window.blackouts[4].why: not a reason of
  up to 100 characters on one line
  13 |                      {from: 12-32, why: " e"}],
     |                                         ^^^^

hd.yml:14:27  environments.prod.policy.window.freezes[0].from: not a moment with
  its offset
  14 |          freezes: [{from: 2026-12-01T18:00, to: 2026-12-02T06:00Z, why: …
     |                           ^^^^^^^^^^^^^^^^
  write      2026-12-01T18:00:00-05:00, or with Z

hd.yml:15:50  environments.prod.policy.window.freezes[1].to: is not after its
  beginning, 2026-12-02T06:00Z
  15 | …                {from: 2026-12-02T06:00Z, to: 2026-12-02T01:00:00-05:00…
     |                                                ^^^^^^^^^^^^^^^^^^^^^^^^^

hd.yml:16:27  environments.prod.policy.window.freezes[2].from: no such moment
  16 |                    {from: 2026-12-02T25:00Z, to: 2026-12-03T00:00Z, why:…
     |                           ^^^^^^^^^^^^^^^^^
  write      2026-12-01T18:00:00-05:00, or with Z`,
  ],
  [
    'roles that are not there, too few, or one person for two of them',
    `    policy:
      approvals: {tech-leed: 1, qa-lead: 2}
      rollback_approvals: {qa-lead: 1, owner: {meaning: Yes sir}}
  b: {hosts: [b1], policy: {approvals: {qa-lead: 1, owner: {count: 1}}, rollback_approvals: {}}}
  c: {hosts: [c1], policy: {approvals: nobody}}`,
    `hd.yml:9:19  environments.prod.policy.approvals: no such role, tech-leed
  9 |       approvals: {tech-leed: 1, qa-lead: 2}
    |                   ^^^^^^^^^
  write      tech-lead

hd.yml:9:42  environments.prod.policy.approvals.qa-lead: qa-lead has 1 login, 2
  are wanted
  9 |       approvals: {tech-leed: 1, qa-lead: 2}
    |                                          ^
  write      1, or more logins in roles.qa-lead

hd.yml:10:27  environments.prod.policy.rollback_approvals: nobody is left for
  owner: one person fills one role
  10 |       rollback_approvals: {qa-lead: 1, owner: {meaning: Yes sir}}
     |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  write      more logins in the roles, or fewer of them here

hd.yml:10:57  environments.prod.policy.rollback_approvals.owner.meaning: not a
  meaning
  10 |       rollback_approvals: {qa-lead: 1, owner: {meaning: Yes sir}}
     |                                                         ^^^^^^^
  write      approval, or review

hd.yml:11:40  environments.b.policy.approvals: nobody is left for owner: one
  person fills one role
  11 |   b: {hosts: [b1], policy: {approvals: {qa-lead: 1, owner: {count: 1}}, …
     |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  write      more logins in the roles, or fewer of them here

hd.yml:11:93  environments.b.policy.rollback_approvals: names no role
  11 | …cy: {approvals: {qa-lead: 1, owner: {count: 1}}, rollback_approvals: {}…
     |                                                                       ^^
  write      tech-lead: 1

hd.yml:12:40  environments.c.policy.approvals: neither roles nor github
  12 |   c: {hosts: [c1], policy: {approvals: nobody}}
     |                                        ^^^^^^
  write      {tech-lead: 1}`,
  ],
  [
    'approval by GitHub where no workflow deploys, and a workflow that is not named',
    `    policy: {approvals: github}
  b: {hosts: [b1], via: workflow, policy: {approvals: github}}`,
    `hd.yml:8:25  environments.prod.policy.approvals: needs the environment to be
  deployed by its workflow
  8 |     policy: {approvals: github}
    |                         ^^^^^^
  write      via: workflow; or policy: {approvals: {tech-lead: 1}}

hd.yml:9:25  environments.b.via: needs the workflow of the environment
  9 |   b: {hosts: [b1], via: workflow, policy: {approvals: github}}
    |                         ^^^^^^^^
  write      github: {workflow: deploy_backend.yml}`,
  ],
  [
    'what is right where it was written, and wrong only in the environment that inherits it, which is named',
    `    via: workflow
    github: {workflow: deploy.yml}
    policy:
      approvals: github
      window: {days: [mon], from: "09:00", to: "15:00", zone: UTC}
      promoted_from: {environment: b}
      asking: {remind: 2h}
  a:
    extends: prod
    via: here
    policy: {window: {from: "15:00"}, asking: {expire: 2h}}
  b: {extends: prod}
  c: {extends: a}`,
    `hd.yml:17:10  environments.a.policy.approvals: needs the environment to be
  deployed by its workflow; inherited from prod
  17 |     via: here
     |          ^^^^
  write      via: workflow; or policy: {approvals: {tech-lead: 1}}

hd.yml:18:29  environments.a.policy.window.to: the window ends when it begins;
  inherited from prod
  18 |     policy: {window: {from: "15:00"}, asking: {expire: 2h}}
     |                             ^^^^^^^
  write      from: "00:00", to: "24:00" for the whole day

hd.yml:18:56  environments.a.policy.asking.remind: is not before the request
  expires, 2h; inherited from prod
  18 |     policy: {window: {from: "15:00"}, asking: {expire: 2h}}
     |                                                        ^^

hd.yml:19:16  environments.b.policy.promoted_from.environment: b can't be
  promoted from itself; inherited from prod
  19 |   b: {extends: prod}
     |                ^^^^
  write      staging, prod, a or c`,
  ],
  [
    'a role that is not there, once, where a quorum adds to the one that names it',
    `    policy: {approvals: {nobody: 1}}
  a: {extends: prod, policy: {approvals: {owner: 1}}}
  b: {extends: a, policy: {approvals: {nobody: {count: 2}}}}`,
    `hd.yml:8:26  environments.prod.policy.approvals: no such role, nobody
  8 |     policy: {approvals: {nobody: 1}}
    |                          ^^^^^^
  write      tech-lead, qa-lead or owner

hd.yml:10:40  environments.b.policy.approvals: no such role, nobody
  10 |   b: {extends: a, policy: {approvals: {nobody: {count: 2}}}}
     |                                        ^^^^^^
  write      tech-lead, qa-lead or owner`,
  ],
  [
    'a promotion from nowhere, and from itself',
    `    policy: {promoted_from: {environment: stagin}}
  b: {hosts: [b1], policy: {promoted_from: {environment: b, within: 2w}}}
  c: {hosts: [c1], policy: {promoted_from: {environment: staging, within: 91d}}}`,
    `hd.yml:8:43  environments.prod.policy.promoted_from.environment: no such
  environment, stagin
  8 |     policy: {promoted_from: {environment: stagin}}
    |                                           ^^^^^^
  write      staging

hd.yml:9:58  environments.b.policy.promoted_from.environment: b can't be
  promoted from itself
  9 |   b: {hosts: [b1], policy: {promoted_from: {environment: b, within: 2w}}}
    |                                                          ^
  write      staging, prod or c

hd.yml:9:69  environments.b.policy.promoted_from.within: not a duration
  9 |   b: {hosts: [b1], policy: {promoted_from: {environment: b, within: 2w}}}
    |                                                                     ^^
  write      a whole number from 1 on and s, m, h or d: 24h

hd.yml:10:75  environments.c.policy.promoted_from.within: longer than 90 days
  10 | …hosts: [c1], policy: {promoted_from: {environment: staging, within: 91d…
     |                                                                      ^^^
  write      90d`,
  ],
  [
    'gates that are none, and what is no number, no time and no label',
    `    policy:
      windw: {}
      break_glass: [window, rates]
      rate: {deploys: 0, per: 500ms}
      incidents: {label: "a,b", within: 0h}
      checks: build
      asking: {escalate: {after: 1h, to: ["@login-d"]}}
  b: {hosts: [b1], policy: {asking: {remind: 2h, escalate: {after: 24h, to: [x]}, expire: 2h}}}
  c: {hosts: [c1], policy: {asking: {remind: 23h, escalate: {after: 24h, to: [x]}}}}`,
    `hd.yml:9:7  environments.prod.policy: no such key, windw
  9 |       windw: {}
    |       ^^^^^
  write      window

hd.yml:10:29  environments.prod.policy.break_glass[1]: no such value, rates
  10 |       break_glass: [window, rates]
     |                             ^^^^^
  write      rate

hd.yml:11:23  environments.prod.policy.rate.deploys: too small
  11 |       rate: {deploys: 0, per: 500ms}
     |                       ^
  write      1 or more

hd.yml:11:31  environments.prod.policy.rate.per: not a duration
  11 |       rate: {deploys: 0, per: 500ms}
     |                               ^^^^^
  write      a whole number from 1 on and s, m, h or d: 24h

hd.yml:12:26  environments.prod.policy.incidents.label: not a label of GitHub
  12 |       incidents: {label: "a,b", within: 0h}
     |                          ^^^^^
  write      critical

hd.yml:12:41  environments.prod.policy.incidents.within: not a duration
  12 |       incidents: {label: "a,b", within: 0h}
     |                                         ^^
  write      a whole number from 1 on and s, m, h or d: 24h

hd.yml:13:15  environments.prod.policy.checks: wants true or false or a list,
  got text
  13 |       checks: build
     |               ^^^^^
  write      [build]

hd.yml:14:43  environments.prod.policy.asking.escalate.to[0]: not a login or a
  team of GitHub
  14 |       asking: {escalate: {after: 1h, to: ["@login-d"]}}
     |                                           ^^^^^^^^^^
  write      login-a, or acme/leads for a team; without @

hd.yml:15:46  environments.b.policy.asking.remind: is not before the request
  expires, 2h
  15 |   b: {hosts: [b1], policy: {asking: {remind: 2h, escalate: {after: 24h, …
     |                                              ^^

hd.yml:15:68  environments.b.policy.asking.escalate.after: is not before the
  request expires, 2h
  15 |   b: {hosts: [b1], policy: {asking: {remind: 2h, escalate: {after: 24h, …
     |                                                                    ^^^

hd.yml:16:69  environments.c.policy.asking.escalate.after: is not before the
  request expires, 24h
  16 |   c: {hosts: [c1], policy: {asking: {remind: 23h, escalate: {after: 24h,…
     |                                                                     ^^^`,
  ],
];

describe('faults of a policy', () => {
  for (const [what, prod, screen] of screens) {
    it(what, () => assert.equal(complaints(file(prod)), screen));
  }

  it('are none where a role has just enough people, or a team', () => {
    const text = 'policy: {approvals: {tech-lead: 5, qa-lead: 1}, rollback_approvals: {owner: 1}}';
    assert.ok(read(file(`    ${text}`)).environments['prod']?.policy);
  });

  it('are none where everybody finds a seat, although the first one to be asked has two', () => {
    const roles = 'roles: {a: [x, y], b: [x]}\n';
    const text = withEnvironments('  e: {hosts: [h], policy: {approvals: {a: 1, b: 1}}}');
    assert.equal(complaints(`${roles}${text}`), '');
  });

  it('say it where there are no roles at all', () => {
    assert.equal(
      complaints(withEnvironments('  e: {hosts: [h], policy: {approvals: {a: 1}}}')),
      `hd.yml:4:40  environments.e.policy.approvals: no such role, a
  4 |   e: {hosts: [h], policy: {approvals: {a: 1}}}
    |                                        ^
  write      roles: {a: [login-a]}, at the top level`,
    );
  });
});

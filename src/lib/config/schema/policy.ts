import * as z from 'zod';
import * as p from '../policy-texts.ts';
import * as t from '../texts.ts';

/** Who may deploy, and when: what the gates of a deployment (src/lib/gates/deploy) are told. */

const members = z.array(p.member).min(1).max(100);

export const roles = z.record(p.roleName, members).meta({
  description: 'Who fills which role of a policy: GitHub logins; with a slash, a team as `org/slug`.',
  examples: [{ 'tech-lead': ['login-a', 'acme/leads'] }],
});

const share = z
  .strictObject({
    count: z.int().min(1).max(20).default(1).meta({ description: 'How many people of the role.' }),
    meaning: p.meaning.prefault('approval').meta({
      description: 'What their word means, as it is recorded: `review`, `approval`.',
      examples: ['review'],
    }),
  })
  .meta({ id: 'share', description: 'How many people of a role must agree, the long form.' });

const quorum = z
  .record(p.roleName, z.union([z.int().min(1).max(20), share]))
  .refine((value) => Object.keys(value).length > 0, { error: 'names no role\ntech-lead: 1' });

const blackout = z
  .strictObject({
    from: p.day.meta({ description: 'The first day; without a year, of every year.', examples: ['12-24'] }),
    to: p.day.optional().meta({
      description: 'The last day, which is closed as well. Default: the first.',
      examples: ['01-02'],
    }),
    why: p.reason.meta({ description: 'What is shown as the reason.', examples: ['Year end'] }),
  })
  .meta({ id: 'blackout', description: 'Days without deployments, in the zone of the window.' });

const freeze = z
  .strictObject({
    from: p.moment.meta({
      description: 'The first moment, with its offset.',
      examples: ['2026-12-01T18:00:00-05:00'],
    }),
    to: p.moment.meta({
      description: 'The moment at which it is over.',
      examples: ['2026-12-02T06:00:00-05:00'],
    }),
    why: p.reason.meta({ description: 'What is shown as the reason.', examples: ['Migration'] }),
  })
  .meta({ id: 'freeze', description: 'A time without deployments, from one moment to another.' });

const window = z
  .strictObject({
    days: z
      .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
      .min(1)
      .refine((list) => new Set(list).size === list.length, { error: 'a day stands twice' })
      .meta({ description: 'The days on which a window begins.', examples: [['mon', 'tue', 'wed', 'thu']] }),
    from: p.opening.meta({ description: 'When it opens.', examples: ['09:00'] }),
    to: p.closing.meta({
      description: 'When it closes; that minute is closed. Before `from`, it is on the next day.',
      examples: ['15:00'],
    }),
    zone: p.zone.meta({ description: 'The IANA zone that all this is meant in.', examples: ['America/New_York'] }),
    holidays: p.country.optional().meta({
      description: 'A country, or a part of one, whose public holidays are closed: `US`, `DE-BY`.',
      examples: ['US'],
    }),
    blackouts: z.array(blackout).max(100).default([]).meta({ description: 'Days that are closed. Default: none.' }),
    freezes: z.array(freeze).max(100).default([]).meta({ description: 'Times that are closed. Default: none.' }),
  })
  .meta({ id: 'window', description: 'When a deployment may begin.' });

const rate = z
  .strictObject({
    deploys: z.int().min(1).max(1000).meta({ description: 'How many deployments at most.', examples: [1] }),
    per: p.period.meta({ description: 'In which time.', examples: ['4h'] }),
  })
  .meta({ id: 'rate', description: 'How often a deployment may begin.' });

const promotedFrom = z
  .strictObject({
    environment: t.environmentName.meta({ description: 'Where it must be confirmed.', examples: ['staging'] }),
    within: p.period.optional().meta({ description: 'How long ago at most.', examples: ['24h'] }),
  })
  .meta({ id: 'promoted_from', description: 'The same digests must be confirmed in another environment.' });

const incidents = z
  .strictObject({
    label: p.label.meta({ description: 'No issue with this label may be open.', examples: ['critical'] }),
    within: p.period.optional().meta({
      description: 'And none may have been opened in this time, also if it is closed by now.',
      examples: ['24h'],
    }),
  })
  .meta({ id: 'incidents', description: "Issues of the repository on GitHub that stop deployments." });

const escalate = z
  .strictObject({
    after: p.period.meta({ description: 'How long after the asking.', examples: ['4h'] }),
    to: members.meta({ description: 'Logins and teams.', examples: [['login-d', 'acme/leads']] }),
  })
  .meta({ id: 'escalate', description: 'Who is told as well if nobody has answered by then.' });

const asking = z
  .strictObject({
    remind: p.period.prefault('1h').meta({ description: 'After how long, and how often, people are reminded.' }),
    escalate: escalate.optional(),
    expire: p.period.prefault('24h').meta({ description: 'How long an approval can be given.' }),
  })
  .meta({ id: 'asking', description: 'How people are asked for approval.' });

const standing = (what: string): z.ZodDefault<z.ZodBoolean> =>
  z.boolean().default(true).meta({ description: what });

const GATES = [
  ...(['window', 'rate', 'promoted_from', 'incidents', 'checks', 'branch'] as const),
  ...(['immutable', 'drift', 'ledger', 'disk', 'approvals'] as const),
] as const;

export const policy = z
  .strictObject({
    approvals: z
      .union([p.byGitHub, quorum])
      .optional()
      .meta({
        description:
          'How many people of each role must agree to a plan; or `github`: the reviewers of the GitHub environment, with `via: workflow`.',
        examples: [{ 'tech-lead': 1, 'qa-lead': 1 }],
      }),
    rollback_approvals: quorum.optional().meta({
      description: 'The same for a rollback to a confirmed release, which meets no other gate.',
      examples: [{ 'tech-lead': 1 }],
    }),
    window: window.optional(),
    rate: rate.optional(),
    promoted_from: promotedFrom.optional(),
    incidents: incidents.optional(),
    checks: z
      .union([z.boolean(), z.array(p.checkName).min(1).max(100)])
      .default(true)
      .meta({
        description:
          "The commit's checks on GitHub are green; a list names checks that must be there besides those that the branch requires.",
      }),
    branch: standing('The commit is on the release branch.'),
    immutable: standing('Images are named by digest, the one that was released.'),
    drift: standing('The hosts run what the ledger says.'),
    ledger: standing('The chain of the ledger is whole on every host.'),
    disk: standing('Every host has room for the pull.'),
    break_glass: z
      .array(z.enum(GATES))
      .default(['window', 'rate', 'promoted_from', 'incidents', 'checks', 'branch', 'approvals'])
      .meta({ description: 'Gates that `--break-glass` may skip.' }),
    asking: asking.prefault({}),
  })
  .meta({
    id: 'policy',
    description:
      'What is demanded of a deployment; docs/policy.md has every gate. Without it there are no gates; `policy: {}` has those that are on by default.',
  });

export type PolicyText = z.infer<typeof policy>;

import type { Audit } from '../../domain/audit/index.ts';
import type { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { count, foldHosts, list } from '../../domain/names.ts';
import type { Next, Verdict } from '../../domain/verdict.ts';

/**
 * What the audits of some environments come to: anything wrong is exit 5; else a host that could not be read is that
 * host's own exit, since nobody knows what it has.
 * @param errors of the hosts that could not be read
 */
export function auditsVerdict(audits: readonly Audit[], errors: readonly HdError[]): Verdict {
  const wrong = audits.filter((each) => each.wrong);
  if (wrong.length > 0) return notVerified(audits, wrong);
  const [error] = errors;
  if (error !== undefined) return notRead(audits, error);
  const remarks = audits.flatMap((each) => each.rows).filter((row) => row.mark === 'warn').length;
  const said = remarks === 0 ? '' : `; ${count(remarks, 'remark')}`;
  return {
    mark: 'ok',
    outcome: 'verified',
    headline: `${wholeText(audits)}${said}`,
    exit: Exit.done,
    rows: audits.slice(0, 1).flatMap(({ environment, file }) => [
      {
        label: 'see it',
        commands: [{ command: file ? verifyCommand(environment) : historyCommand(environment) }],
      },
    ]),
  };
}

function wholeText(audits: readonly Audit[]): string {
  const [only] = audits;
  if (only === undefined || audits.length > 1) return `the ledgers of ${namesOf(audits)} are what hd wrote`;
  const entries = count(only.entries, 'entry', 'entries');
  return `the ledger of ${only.environment} is what hd wrote: ${entries}`;
}

function notVerified(audits: readonly Audit[], wrong: readonly Audit[]): Verdict {
  const others = audits.length - wrong.length;
  const [only] = wrong;
  const one = wrong.length === 1;
  const forked = one && (only?.fork.length ?? 0) > 0;
  const unsigned = wrong.every(({ rows }) =>
    rows.every((row) => row.mark !== 'fail' || row.label === 'signed'),
  );
  const what = unsigned
    ? `the ${one ? 'ledger' : 'ledgers'} of ${namesOf(wrong)} ${one ? 'is' : 'are'} not signed as wanted`
    : forked
      ? `the ledger of ${namesOf(wrong)} tells two stories`
      : `the ${one ? 'ledger' : 'ledgers'} of ${namesOf(wrong)} ${one ? 'is' : 'are'} not what hd wrote`;
  const rest = others === 0 ? '' : `; ${others} of ${audits.length} are what hd wrote`;
  return {
    mark: 'fail',
    outcome: 'not verified',
    headline: `${what}${rest}`,
    exit: Exit.notVerified,
    rows: [{ label: 'next', commands: wrong.flatMap(nextOf).slice(0, 3) }],
  };
}

/** Safest first: keep what is there, then what mends it. */
function nextOf(found: Audit): Next[] {
  const { environment, fork, file } = found;
  if (file) return [{ remark: 'beside the hosts', command: verifyCommand(environment) }];
  const keep = (host: string): Next => ({
    remark: `once it is known that the story of ${host} is true`,
    command: ['hd', 'audit', 'reconcile', environment, '--keep', host, '--why', 'WHY'],
  });
  const whole = found.hosts.filter((host) => host.whole);
  const mendable = fork.length > 0 ? fork : whole.length < found.hosts.length ? whole.slice(0, 1) : [];
  return [
    {
      remark: 'keep what is there',
      command: ['hd', 'audit', 'export', environment, '-o', `${environment}-ledger.jsonl`],
    },
    ...mendable.map((each) => keep(typeof each === 'string' ? each : each.name)),
  ];
}

function notRead(audits: readonly Audit[], error: HdError): Verdict {
  const away = audits.flatMap(({ unread }) => unread.map((each) => each.host));
  const read = audits.flatMap((each) => each.hosts).length;
  const of = count(read + away.length, 'host');
  const [first] = audits;
  return {
    mark: error.exit === Exit.inconclusive ? 'warn' : 'fail',
    outcome: error.outcome ?? OUTCOMES[error.exit] ?? 'unreachable',
    headline: `the ledger is what hd wrote on ${read} of ${of}; ${foldHosts(away)} not known`,
    exit: error.exit,
    rows: [
      {
        label: 'next',
        commands: [
          ...error.next,
          {
            remark: 'once it answers',
            command:
              audits.length === 1 && first !== undefined
                ? verifyCommand(first.environment)
                : ['hd', 'audit', 'verify'],
          },
        ].slice(0, 3),
      },
    ],
  };
}

const OUTCOMES: Readonly<Partial<Record<number, string>>> = {
  [Exit.notAllowed]: 'not allowed',
  [Exit.inconclusive]: 'inconclusive',
};

function namesOf(audits: readonly Audit[]): string {
  return list(
    audits.map((each) => each.environment),
    'and',
  );
}

const verifyCommand = (environment: string): string[] => ['hd', 'audit', 'verify', environment];
const historyCommand = (environment: string): string[] => ['hd', 'history', environment];

const exitCodes = `
What hd tells its caller. Before the first effect a failure has its own cause's
code; after it 6, 7 or 9. Over several hosts the worst counts: 7, 9, 6.

    0  done, or nothing to do
    1  unexpected error: a bug
    2  usage or configuration: an unknown environment, host or tag
    3  refused by a gate: a policy's, or a release's
    4  not allowed: authentication, permission, host key
    5  verification failed; a release whose build failed; a label that lies
    6  the deployment failed, and an earlier release is proved serving
    7  it failed, and no release is proved serving: a person is needed now
    8  locked, or the hosts changed since the plan
    9  timed out or inconclusive: nobody knows
   10  waiting for approval, or rejected
   11  GitHub, a registry or a host can't be reached
  130  interrupted at a safe point
`;

const config = `
hd.yml is one file at the repository's root, found upward from the working
directory. Every key, with its default: docs/hd.yml.md. Whole files: examples/.

  app: healthdelta
  repository: acme/healthdelta          default: the git remote
  images:
    backend: ghcr.io/acme/healthdelta-backend
  environments:
    local:
      hosts: [local]                    this machine, without SSH
      compose: [compose.yaml]
      url: http://127.0.0.1:8000
    prod:
      extends: local                    environments differ by configuration only
      production: true                  its name is asked for
      hosts: [prod-1, prod-2]           Hosts of the ssh configuration
      directory: /opt/healthdelta
      policy:                           who may deploy, and when: docs/policy.md
        window: {days: [mon], from: "09:00", to: "15:00", zone: UTC}

Unknown keys are errors, all of them at once, with the nearest known key.
`;

const environment = `
Every flag is also a variable: --no-input is HD_NO_INPUT=1, --tag is HD_TAG.

  GH_TOKEN, GITHUB_TOKEN     the token for GitHub; else: gh auth token
  GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN
                             of an Enterprise server
  GITHUB_API_URL, GH_HOST    another server than github.com
  HD_SSH_CONFIG              as ssh -F
  NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM
                             colour, for stdout and stderr separately
  HD_ASCII=1                 no character but ASCII
  CI                         plain lines instead of live rows
  HD_DEBUG=1                 show the stack of an unexpected error
  XDG_STATE_HOME             reports of unexpected errors: hd/bug-*.txt
  XDG_CACHE_HOME             compiled code: hd/compiled
`;

const json = `
With --json stdout holds exactly one object, whatever the exit code, and stderr
stays empty (plain lines go there with --json --plain). It has:

  schemaVersion   1
  command         the command that ran
  exit            its exit code
  error           only if exit is not 0: code, exit, message, hint

and what the command itself says. Digests are whole, times are RFC 3339 in UTC
with milliseconds, durations whole milliseconds, commands argument lists. A
command that never began is schemaVersion and error alone.

  hd status --json | jq -r '.environments[] | [.environment, .release.tag] | @tsv'
  hd deploy prod --tag v1.4.0 --confirm prod --json | jq -r '.error.code // empty'
`;

const output = `
The result is on stdout: what was done and what serves now, or the answer of a
verb that only looks. Progress, questions, warnings and errors are on stderr. The
last lines are the verdict: what serves now, is it safe, what next.

On a terminal progress is live rows. In CI, in a pipe, with TERM=dumb or --plain
it is one line per fact, in ASCII and UTC; under GitHub Actions each stage is a
group, a failure is an annotation, and the verdict goes to the job's summary.

  symbol  ASCII  means
  ✓       +      done, passed, open
  ✗       x      failed, refused, closed, impossible
  !       !      not proven: look at it
  ·       -      not begun, not asked

Ctrl-C stops at the next safe point; a second Ctrl-C leaves at once.
`;

/** What `hd help TOPIC` says. */
export const TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': exitCodes,
  config,
  environment,
  json,
  output,
};

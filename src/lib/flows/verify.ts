import { Exit, type ExitCode } from '../domain/exit.ts';
import type { Environment } from '../domain/environment.ts';
import { HdError, InterruptedError, UsageError, withHeadline } from '../domain/errors.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { foldHosts } from '../domain/names.ts';
import type { VerifyReport } from '../domain/reports.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import type { Verdict, VerdictRow } from '../domain/verdict.ts';
import { shortCommit } from '../domain/version.ts';
import { requireTokens } from '../engine/check.ts';
import type { Answer } from './answer.ts';
import { announce } from './deploy.ts';
import { environmentOrHost } from './environments.ts';
import { confirmedReleases, lastConfirmed, newestLedger, rollbackChoice } from './history.ts';
import { recordEntries } from './note-entry.ts';
import { observeAll, requireAll, type SeenHost } from './observe.ts';
import { prove, type Proof } from './prove.ts';
import { releaseJson } from './tell-json.ts';
import type { World } from './world.ts';

/**
 * `hd verify ENV|HOST`: proves that what runs is what the ledger says was put there. Changes nothing.
 * @param record a proof that is whole goes into the ledger: the gate promoted_from of other environments counts it
 * @throws UsageError for a record of one host; HdError if it can't be written, with what was proved
 */
export async function verify(
  world: World,
  name: string,
  record = false,
): Promise<Answer & { report: VerifyReport }> {
  const { environment, hosts } = environmentOrHost(world.config, name);
  if (record && hosts.length < environment.hosts.length)
    throw new UsageError(
      `${name} is one of the hosts of ${environment.name}: a proof is of all`,
      environment.name,
    );
  requireTokens(environment, world.env);
  const services = Object.keys(world.config.images);
  // Who asks is in the header, and is asked from GitHub meanwhile.
  const [sight] = await Promise.all([observeAll(world, environment, hosts), world.actor()]);
  const seen = requireAll(environment, services, sight);
  const expected = expectedRelease(seen);
  if (expected === undefined) throw nothingDeployed(environment.name);
  const { release, deployment } = expected;
  const as = deployment === undefined ? 'as the host says' : `as ${deployment} recorded`;
  await announce(world, `verify ${name}  ${releaseName(release)}, ${shortCommit(release.commit)}, ${as}`);
  world.reporter.event({
    type: 'stages',
    stages: [{ name: 'verify', text: foldHosts(hosts) }],
    transient: true,
  });
  const recorded = newestLedger(seen.map((each) => each.observed.ledger)).findLast(
    ({ entry }) => entry.downtimeMs !== undefined,
  )?.entry;
  const downtime = new Map(
    recorded?.deployment === deployment && recorded?.downtimeMs !== undefined
      ? recorded.hosts.map((host) => [host, recorded.downtimeMs ?? 0] as const)
      : [],
  );
  const proof = await prove(world, environment, { seen, unseen: [] }, release, {
    downtime,
    signal: world.signal,
  });
  const report: VerifyReport = {
    environment: environment.name,
    release,
    deployment,
    hosts: hosts.map((host) => ({
      name: host,
      findings: proof.findings.filter((each) => each.host === host),
    })),
  };
  const verdict = verdictOf(environment.name, name, proof, seen, release);
  const head =
    record && proof.whole ? await recordProof(world, environment, seen, release, proof) : undefined;
  return {
    report,
    exit: verdict.exit,
    block: {
      facts: head === undefined ? [] : [{ label: 'record', text: `in the ledger, ${head}` }],
      verdict,
    },
    json: {
      outcome: verdict.outcome === 'verified' ? 'verified' : verdict.outcome.replace(' ', '-'),
      environment: environment.name,
      deployment,
      release: releaseJson(release),
      checks: { passed: proof.passed, of: proof.of },
      findings: proof.findings,
    },
  };
}

/** @returns the beginning of the ledger's new head */
async function recordProof(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  release: Release,
  { passed, of }: Proof,
): Promise<string> {
  const hosts = environment.hosts.map((host) => host.name);
  const entry = { kind: 'verified', verb: 'verify', hosts, release, checks: { passed, of } } as const;
  try {
    const lines = await recordEntries(world, environment, seen, [entry], 'record a proof');
    return lines.at(-1)?.hash.slice(0, 12) ?? '';
  } catch (error) {
    if (!(error instanceof HdError) || error instanceof InterruptedError) throw error;
    const proved = `${releaseName(release)} was proved on ${environment.name}, ${passed} of ${of} checks`;
    throw withHeadline(error, `${proved}; it is not in the ledger`);
  }
}

/** What the ledger confirmed last; without a ledger, what the hosts' `current` says. */
function expectedRelease(
  seen: readonly SeenHost[],
): { release: Release; deployment: string | undefined } | undefined {
  const confirmed = lastConfirmed(newestLedger(seen.map((each) => each.observed.ledger)));
  if (confirmed !== undefined) return confirmed;
  const current = seen.map((each) => each.observed.current).find((each) => each !== undefined);
  return current === undefined ? undefined : { release: current.release, deployment: undefined };
}

function nothingDeployed(environment: string): HdError {
  return new HdError('nothing-deployed', Exit.notVerified, `nothing was ever confirmed on ${environment}`, {
    outcome: 'not verified',
    headline: `${environment} has no release that could be proved`,
    next: [{ command: ['hd', 'status', environment] }],
  });
}

function verdictOf(
  environment: string,
  name: string,
  proof: Proof,
  seen: readonly SeenHost[],
  release: Release,
): Verdict {
  const services = Object.keys(release.images);
  const serves = servesText(
    name,
    seen.map((each) => servingOf(each.observed, services)),
  );
  const bad = proof.findings.filter((each) => each.state === 'failed');
  const count = `${proof.passed} of ${proof.of} checks`;
  if (proof.whole) {
    const see: VerdictRow = { label: 'see it', commands: [{ command: ['hd', 'status', environment] }] };
    return { mark: 'ok', outcome: 'verified', headline: `${serves}: ${count}`, exit: Exit.done, rows: [see] };
  }
  const wrong = bad.length > 0;
  const exit: ExitCode = wrong ? Exit.notVerified : Exit.inconclusive;
  const back = wayBack(seen, release);
  const commands = [
    { remark: 'look', command: ['hd', 'status', environment] },
    ...(back === undefined
      ? []
      : [{ remark: 'go back', command: ['hd', 'rollback', environment, '--to', back] }]),
  ];
  const first = proof.findings.find((each) => each.state === (wrong ? 'failed' : 'unknown'));
  const safe = `${wrong ? 'no' : 'not known'}: ${count} passed${first === undefined ? '' : `; ${first.host}: ${first.check}`}`;
  return {
    mark: wrong ? 'fail' : 'warn',
    outcome: wrong ? 'not verified' : 'inconclusive',
    headline: serves,
    exit,
    rows: [
      { label: 'safe', text: safe },
      { label: 'next', commands },
    ],
  };
}

function wayBack(seen: readonly SeenHost[], release: Release): string | undefined {
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const choice = rollbackChoice(lines, confirmedReleases(lines)[0]?.release ?? release);
  return choice?.release.tag;
}

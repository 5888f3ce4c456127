import type { Check, Judgement } from '../checks/check.ts';
import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError, LostError, UsageError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Redact } from '../domain/redaction.ts';
import { limitText, STAGE_FLAG } from '../domain/limits.ts';
import { withoutHost } from '../domain/names.ts';
import { Secret } from '../domain/secret.ts';
import type { Clock, Host, Http, HttpRequest, Shell } from '../ports.ts';

/** Of what came back. */
const SHOWN_LINES = 8;

export interface CheckPorts {
  clock: Clock;
  http: Http;
  /** This machine, for smoke commands. */
  local(): Promise<Shell>;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** For all checks of one host together (`--timeout`), in milliseconds; without it each has its own limits. */
  stageMs?: number;
  /** Takes out what the operator's side knows to be secret. */
  redact: Redact;
}

/** Where a check was asked, how often, and what came of it. */
interface Asked {
  asked: string;
  where: string;
  attempts: number;
  judgement: Judgement;
}

/** Asks the world what each check wants to know; all run, whatever the others found. */
export async function runChecks(
  ports: CheckPorts,
  environment: Environment,
  host: Host,
  checks: readonly Check[],
  done: (finding: Finding) => void = () => undefined,
): Promise<readonly Finding[]> {
  const limit = new ChecksTime(ports, host.name);
  const limited = { ...ports, signal: AbortSignal.any([ports.signal, limit.over]) };
  const findings = Promise.all(
    checks.map(async (check) => {
      const start = ports.clock.now();
      const asked = Promise.race([ask(limited, environment, host, check), limit.expired]);
      const { judgement, ...evidence } = await asked.catch((error: unknown): Asked => {
        if (!(error instanceof HdError)) throw error;
        const where = error instanceof LostError ? error.host : host.name;
        const text = withoutHost(where, error.message);
        return { asked: check.name, where: host.name, attempts: 1, judgement: { state: 'unknown', text } };
      });
      const ms = ports.clock.now() - start;
      const { text, got } = await cleared(ports.redact, host, check, judgement);
      const finding: Finding = {
        check: check.name,
        host: host.name,
        state: judgement.state,
        text,
        evidence: {
          ...evidence,
          at: start,
          ms,
          ...(got === undefined ? {} : { got: excerpt(got) }),
        },
      };
      done(finding);
      return finding;
    }),
  );
  return findings.finally(() => limit.end());
}

/** All checks of one host have this long: what has no answer by then is not known. */
class ChecksTime {
  readonly #late = new AbortController();
  readonly #ended = new AbortController();
  /** Never resolves. */
  readonly expired: Promise<never>;

  constructor({ clock, stageMs }: CheckPorts, host: string) {
    this.expired = new Promise((_, reject) => {
      if (stageMs === undefined) return;
      const message = `verify on ${host} ran out of time after ${limitText(stageMs, STAGE_FLAG)}`;
      void clock.sleep(stageMs, this.#ended.signal).then(() => {
        if (this.#ended.signal.aborted) return;
        this.#late.abort();
        reject(new HdError('stage-timeout', Exit.inconclusive, message));
      });
    });
    this.expired.catch(() => undefined);
  }

  get over(): AbortSignal {
    return this.#late.signal;
  }

  end(): void {
    this.#ended.abort();
  }
}

/**
 * A finding is shown and kept, and a service may say what it was trusted with: that is on the host, and the host takes
 * it out. What it can't clear is not kept. Logs were cleared when they left it.
 */
async function cleared(
  redact: Redact,
  host: Host,
  check: Check,
  { state, text, got }: Judgement,
): Promise<Pick<Judgement, 'text' | 'got'>> {
  const foreign = check.kind === 'http' || check.kind === 'command';
  if (state !== 'failed' || !foreign) return { text: redact(text), ...(got && { got: got.map(redact) }) };
  const shown = redact([text.replaceAll('\n', ' '), ...(got ?? []).slice(0, SHOWN_LINES)].join('\n'));
  try {
    const [first = '', ...lines] = await host.withoutSecrets(shown.split('\n'));
    return { text: first, ...(got && { got: lines }) };
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    return {
      text: `${check.name} failed; what it said is not kept, since ${host.name} can't clear it of secrets`,
    };
  }
}

/** What is kept of an answer, in the ledger as well: its first lines, none of them long. */
function excerpt(lines: readonly string[]): string[] {
  return lines.slice(0, SHOWN_LINES).map((line) => line.slice(0, 400));
}

async function ask(ports: CheckPorts, environment: Environment, host: Host, check: Check): Promise<Asked> {
  switch (check.kind) {
    case 'observed':
      return { asked: check.asked, where: host.name, attempts: 1, judgement: check.judge() };
    case 'http':
      return askHttp(ports, environment, host, check);
    case 'logs': {
      const since = ports.clock.now() + check.skewMs - check.sinceMs;
      const lines = await Promise.all(check.containers.map(({ id }) => host.logs(id, since)));
      const asked = `docker logs ${check.containers.map(({ service }) => service).join(', ')}`;
      return { asked, where: host.name, attempts: 1, judgement: check.judge(lines.flat()) };
    }
    case 'command': {
      const shell = await ports.local();
      const result = await shell.run(
        { argv: check.argv },
        { timeoutMs: check.timeoutMs, limitedBy: 'timeout in hd.yml', signal: ports.signal },
      );
      const output = (result.stdout + result.stderr).trim();
      return {
        asked: check.argv.join(' '),
        where: 'here',
        attempts: 1,
        judgement: check.judge({ status: result.status, output }),
      };
    }
  }
}

/** Asks until the answer is right or the attempts are used up (S3-28…34); the last answer is the finding. */
async function askHttp(
  ports: CheckPorts,
  environment: Environment,
  host: Host,
  check: Check & { kind: 'http' },
): Promise<Asked> {
  const { clock, signal } = ports;
  const { attempts, delayMs, initialWaitMs, timeoutMs } = check.retry;
  if (isUnset(ports.env, check.tokenEnv)) {
    const judgement: Judgement = { state: 'unknown', text: `not asked: ${check.tokenEnv} is not set` };
    return { asked: `GET ${checkUrl(environment, check.path)}`, where: 'here', attempts: 0, judgement };
  }
  const via = environment.probe === 'host' ? host.shell : undefined;
  const url = checkUrl(environment, check.path);
  const request: HttpRequest = { url, timeoutMs, headers: authorization(ports.env, check.tokenEnv) };
  const where = via === undefined ? 'here' : host.name;
  if (initialWaitMs > 0) await clock.sleep(initialWaitMs, signal);
  for (let attempt = 1; ; attempt += 1) {
    const judgement = check.judge(await ports.http.request(request, via));
    if (judgement.state === 'passed' || attempt >= attempts || signal.aborted) {
      const tries = attempt > 1 && judgement.state !== 'passed' ? `, ${attempt} tries` : '';
      return {
        asked: `GET ${url}`,
        where,
        attempts: attempt,
        judgement: { ...judgement, text: `${judgement.text}${tries}` },
      };
    }
    await clock.sleep(delayMs, signal);
  }
}

export function checkUrl(environment: Environment, path: string): string {
  return new URL(path, environment.url ?? 'http://127.0.0.1').href;
}

function authorization(env: CheckPorts['env'], name: string | undefined): Record<string, Secret> {
  const token = name === undefined ? undefined : env[name];
  if (token === undefined) return {};
  return { authorization: new Secret(`Bearer ${new Secret(token).reveal()}`) };
}

/** Before anything is begun: a smoke check whose token is not set would fail for the wrong reason. */
export function requireTokens(environment: Environment, env: CheckPorts['env']): void {
  const [missing] = missingTokens(environment, env);
  if (missing === undefined) return;
  const { check, variable } = missing;
  throw new UsageError(`smoke check ${check} needs ${variable}, which is not set`, `export ${variable}=…`);
}

/** Smoke checks that can't be asked: going back does not wait for their tokens, and they are not proven then. */
export function missingTokens(
  environment: Environment,
  env: CheckPorts['env'],
): { check: string; variable: string }[] {
  return environment.checks.smoke.flatMap((check) =>
    check.kind === 'http' && isUnset(env, check.tokenEnv)
      ? [{ check: check.name, variable: check.tokenEnv }]
      : [],
  );
}

function isUnset(env: CheckPorts['env'], variable: string | undefined): variable is string {
  return variable !== undefined && (env[variable] ?? '') === '';
}
